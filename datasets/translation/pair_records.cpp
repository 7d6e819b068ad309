#include "datasets/translation/pair_records.h"

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/catalog.h"
#include "datasets/json.h"
#include "datasets/text/lines.h"

namespace recur {
namespace {

void add_tab_row(std::string_view line, const SourceLocation& where, PairFile& file) {
  std::vector<std::string_view> columns;
  for (size_t begin = 0; begin != std::string_view::npos;) {
    const auto end = line.find('\t', begin);
    columns.push_back(line.substr(begin, end == std::string_view::npos ? end : end - begin));
    begin = end == std::string_view::npos ? end : end + 1;
  }
  if (columns.size() != 2 && columns.size() != 3) {
    throw DataError(where, fmt::format("got {} column{}, expected source<TAB>target or source<TAB>target<TAB>"
                                       "attribution",
                                       columns.size(), columns.size() == 1 ? "" : "s"));
  }
  file.add(columns[0], columns[1]);
}

void add_json_record(std::string_view line, const SourceLocation& where, const TranslationDataOptions& options,
                     PairFile& file) {
  const auto record = parse_json(line, where.source, where.line);
  if (!record.is_object()) {
    throw DataError(where, fmt::format("got {}, expected an object: {{\"{}\": \"...\", \"{}\": \"...\"}}",
                                       record.type_name(), options.source, options.target));
  }
  const auto nested = record.find("translation");
  const auto& texts = nested != record.end() && nested->is_object() ? *nested : record;
  file.add(json_text(texts, options.source, where), json_text(texts, options.target, where));
}

PairFile read_records(const std::string& given, const TranslationDataOptions& options, const ReadProgress& progress) {
  const auto path = find_data_file(given);
  PairFile file{.source = path.string(), .name = path.filename().string()};
  for_each_line(read_packed_text(path, options.encoding, progress), [&](std::string_view line, int64_t number) {
    const bool is_blank = line.find_first_not_of(options.format == "tsv" ? " " : " \t") == std::string_view::npos;
    if (is_blank) return;
    const SourceLocation where{file.source, number};
    if (options.format == "tsv") return add_tab_row(line, where, file);
    add_json_record(line, where, options, file);
  });
  return file;
}

}  // namespace

PairFiles read_pair_records(const TranslationDataOptions& options, const ReadProgress& progress) {
  PairFiles files{.train = read_records(options.train, options, progress)};
  if (!options.validation.empty()) files.validation = read_records(options.validation, options, progress);
  if (!options.test.empty()) files.test = read_records(options.test, options, progress);
  return files;
}

}  // namespace recur
