#include "datasets/sentiment/table.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/ascii.h"
#include "core/error.h"
#include "core/files.h"
#include "datasets/catalog.h"
#include "datasets/csv.h"
#include "datasets/json.h"
#include "datasets/text/encoding.h"
#include "datasets/text/lines.h"

namespace recur {
namespace {

using nlohmann::json;

void read_csv_rows(const std::string& text, const TextColumns& columns, bool is_tsv, LabelledFile& file) {
  const bool has_tabs = is_tsv && columns.delimiter == "auto";
  const CsvFormat format{.delimiter = has_tabs ? '\t' : delimiter_of(columns.delimiter),
                         .header = columns.header,
                         .quotes = columns.quotes};
  CsvTable table;
  try {
    table = parse_csv(text, file.source, format);
  } catch (const CsvQuoteError& error) {
    throw DataError(fmt::format("{}; where quotes are text like any other, say data.table.quotes=false", error.what()));
  }
  const auto text_at = needed_column(table, columns.text), label_at = needed_column(table, columns.label);
  for (const auto& row : table.rows) file.add(row.fields[text_at], row.fields[label_at], row.line);
}

// Adds records to a file, and knows in the end whether its two columns ever occurred.
class JsonRecords {
 public:
  JsonRecords(const TextColumns& columns, LabelledFile& file) : columns_(columns), file_(file) {}

  /// `where` names the record; `line` is 0 if it is not known.
  void add(const json& record, const SourceLocation& where) {
    if (!record.is_object()) {
      throw DataError(where, fmt::format("got {}, expected an object: {{\"{}\": \"...\", \"{}\": ...}}",
                                         record.type_name(), columns_.text, columns_.label));
    }
    for (const auto& item : record.items()) {
      if (keys_.size() < 20 && std::find(keys_.begin(), keys_.end(), item.key()) == keys_.end()) {
        keys_.push_back(item.key());
      }
    }
    const auto text = value(record, columns_.text, has_text_), label = value(record, columns_.label, has_label_);
    if (!text.is_string() && !text.is_null()) {
      throw DataError(where, fmt::format("\"{}\" is of type {}, expected text", columns_.text, text.type_name()));
    }
    if (label.is_structured()) {
      throw DataError(where, fmt::format("\"{}\" is of type {}, expected text, a number or true/false", columns_.label,
                                         label.type_name()));
    }
    const auto word = label.is_string() ? label.get<std::string>() : label.is_null() ? "" : label.dump();
    file_.add(text.is_null() ? "" : text.get<std::string>(), word, where.line);
  }

  void finish() const {
    if (keys_.empty()) throw DataError({file_.source}, "the file is empty, expected JSON objects");
    if (!has_text_) no_column({file_.source}, columns_.text, keys_);
    if (!has_label_) no_column({file_.source}, columns_.label, keys_);
  }

 private:
  static json value(const json& record, const std::string& key, bool& has) {
    const auto found = record.find(key);
    has = has || found != record.end();
    return found == record.end() ? json() : *found;
  }

  const TextColumns& columns_;
  LabelledFile& file_;
  std::vector<std::string> keys_;
  bool has_text_ = false, has_label_ = false;
};

void read_json_records(const std::string& text, const TextColumns& columns, bool may_be_list, LabelledFile& file) {
  JsonRecords records(columns, file);
  if (may_be_list && trimmed(text).starts_with('[')) {
    int64_t number = 0;
    for (const auto& record : parse_json(text, file.source)) {
      records.add(record, {fmt::format("{}, record {}", file.source, ++number)});
    }
  } else {
    for_each_line(text, [&](std::string_view line, int64_t number) {
      if (!trimmed(line).empty()) records.add(parse_json(line, file.source, number), {file.source, number});
    });
  }
  records.finish();
}

}  // namespace

LabelledFile read_table(const std::string& file, const TextColumns& columns, const std::string& encoding) {
  const auto path = find_data_file(file);
  LabelledFile made{.source = path.string(), .encoding = encoding == "auto" ? "utf-8" : encoding};
  const auto ending = ascii_lower(path.extension().string());
  const bool is_csv = ending == ".csv", is_tsv = ending == ".tsv";
  const bool is_json = ending == ".json", is_json_lines = ending == ".jsonl" || ending == ".ndjson";
  if (!is_csv && !is_tsv && !is_json && !is_json_lines) {
    throw DataError({made.source},
                    fmt::format("got a file that ends in \"{}\", expected .csv, .tsv, .jsonl or .json", ending));
  }
  const auto text = decode_text(read_file(path), made.encoding, made.source);
  if (is_csv || is_tsv) {
    read_csv_rows(text, columns, is_tsv, made);
  } else {
    read_json_records(text, columns, is_json, made);
  }
  return made;
}

LabelledFiles read_tables(const SentimentDataOptions& options) {
  LabelledFiles files;
  const auto read = [&](const std::vector<std::string>& names, std::vector<LabelledFile>& to) {
    for (const auto& name : names) to.push_back(read_table(name, options.table, options.encoding));
  };
  read(options.train, files.train);
  read(options.validation, files.validation);
  read(options.test, files.test);
  return files;
}

}  // namespace recur
