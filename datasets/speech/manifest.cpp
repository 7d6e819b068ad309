#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/names.h"
#include "datasets/catalog.h"
#include "datasets/csv.h"
#include "datasets/json.h"
#include "datasets/speech/sound_files.h"
#include "datasets/text/lines.h"

namespace recur {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void no_column(const SourceLocation& where, const std::string& wanted,
                            const std::vector<std::string>& there) {
  throw DataError(where, fmt::format("no \"{}\"; there are {}{}; data.manifest names them", wanted,
                                     fmt::join(there, ", "), did_you_mean(wanted, there)));
}

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
  const auto column = [&](const std::string& name) -> std::optional<size_t> {
    const auto& names = table.header.fields;
    const auto at = std::ranges::find(names, name);
    return at == names.end() ? std::nullopt : std::optional(static_cast<size_t>(at - names.begin()));
  };
  const auto needed = [&](const std::string& name) {
    const auto at = column(name);
    if (!at) no_column({table.source, table.header.line}, name, table.header.fields);
    return *at;
  };
  const auto path_column = needed(columns.path), text_column = needed(columns.text);
  const auto speaker_column = column(columns.speaker);
  std::vector<ListedSound> listed;
  for (const auto& row : table.rows) {
    listed.push_back(listed_sound(path, row.fields[path_column], row.fields[text_column],
                                  speaker_column ? row.fields[*speaker_column] : ""));
  }
  return listed;
}

std::vector<ListedSound> list_json_lines(const fs::path& path, const ManifestColumns& columns) {
  std::vector<ListedSound> listed;
  for_each_line(read_packed_text(path, "utf-8", {}), [&](std::string_view line, int64_t number) {
    if (trimmed(line).empty()) return;
    const SourceLocation where{path.string(), number};
    const auto record = parse_json(line, where.source, number);
    if (!record.is_object()) throw DataError(where, fmt::format("got {}, expected an object", record.type_name()));
    const auto text_of = [&](const std::string& key, bool needed) -> std::string {
      const auto found = record.find(key);
      if (found == record.end()) {
        if (!needed) return "";
        std::vector<std::string> keys;
        for (const auto& item : record.items()) keys.push_back(item.key());
        no_column(where, key, keys);
      }
      if (found->is_string()) return *found;
      if (!needed && found->is_number_integer()) return std::to_string(found->get<int64_t>());
      throw DataError(where, fmt::format("\"{}\" is {}, expected text", key, found->type_name()));
    };
    listed.push_back(
        listed_sound(path, text_of(columns.path, true), text_of(columns.text, true), text_of(columns.speaker, false)));
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
