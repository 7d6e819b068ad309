#include <fmt/format.h>

#include "core/error.h"
#include "datasets/catalog.h"
#include "datasets/csv.h"
#include "datasets/json.h"
#include "datasets/speech/sound_files.h"
#include "datasets/text/lines.h"

namespace recur {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAdvice = "data.manifest names them";

ListedSound listed_sound(const fs::path& manifest, const std::string& path, const std::string& text,
                         const std::string& speaker) {
  return {.path = manifest.parent_path() / path,  // an absolute path stays as it is
          .text = std::string(trimmed(text)),
          .speaker = speaker,
          .name = path};
}

std::vector<ListedSound> list_table(const fs::path& path, const ManifestColumns& columns) {
  const bool tabs = path.extension() == ".tsv";
  const auto table = read_csv(path, {.delimiter = tabs ? '\t' : kSniffDelimiter, .quotes = !tabs});
  const auto path_column = named_column(table, columns.path, kAdvice);
  const auto text_column = named_column(table, columns.text, kAdvice);
  const auto speaker_column = find_column(table, columns.speaker);
  std::vector<ListedSound> listed;
  for (const auto& row : table.rows) {
    listed.push_back(listed_sound(path, row.fields[path_column], row.fields[text_column],
                                  speaker_column ? row.fields[*speaker_column] : ""));
  }
  return listed;
}

/// Whom a person numbers or names; "" if the record says nothing.
std::string speaker_of(const nlohmann::json& record, const ManifestColumns& columns, const SourceLocation& where) {
  const auto found = record.find(columns.speaker);
  if (found == record.end()) return "";
  return found->is_number_integer() ? std::to_string(found->get<int64_t>()) : json_text(record, columns.speaker, where);
}

std::vector<ListedSound> list_json_lines(const fs::path& path, const ManifestColumns& columns) {
  std::vector<ListedSound> listed;
  for_each_line(read_packed_text(path, "utf-8", {}), [&](std::string_view line, int64_t number) {
    if (trimmed(line).empty()) return;
    const SourceLocation where{path.string(), number};
    const auto record = parse_json(line, where.source, number);
    const auto needed = [&](const std::string& key) { return json_text(record, key, where, kAdvice); };
    listed.push_back(
        listed_sound(path, needed(columns.path), needed(columns.text), speaker_of(record, columns, where)));
  });
  return listed;
}

std::vector<ListedSound> list_manifest(const std::string& given, const ManifestColumns& columns) {
  if (given.empty()) return {};
  const auto path = find_data_file(given);
  const auto ending = path.extension();
  if (ending == ".csv" || ending == ".tsv") return list_table(path, columns);
  if (ending == ".jsonl" || ending == ".ndjson" || ending == ".json") return list_json_lines(path, columns);
  throw DataError({path.string()}, "expected a name that ends in .csv, .tsv or .jsonl");
}

}  // namespace

ListedSounds list_manifests(const SpeechDataOptions& options) {
  return {.train = list_manifest(options.train, options.manifest),
          .validation = list_manifest(options.validation, options.manifest),
          .test = list_manifest(options.test, options.manifest)};
}

}  // namespace recur
