#include "datasets/csv.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <csv.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/files.h"
#include "core/names.h"

namespace recur {
namespace {

// The bytes of the UTF-8 sequence that `text` begins with; 0 if it begins with none (RFC 3629: no overlong forms, no
// surrogates, nothing above U+10FFFF).
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto in = [&](size_t i, unsigned low, unsigned high) { return byte(i) >= low && byte(i) <= high; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return in(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool second = in(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
    return second && in(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool second = in(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
    return second && in(2, 0x80, 0xBF) && in(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

void check_is_text(std::string_view bytes, const std::string& source) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
    throw DataError({source}, "the file is UTF-16, expected UTF-8: save it as \"CSV UTF-8\"");
  }
  int64_t line = 1;
  for (size_t i = 0; i < bytes.size();) {
    if (bytes[i] == '\0') throw DataError({source, line}, "a NUL byte, expected text: is this a CSV file?");
    const auto length = utf8_length(bytes.substr(i));
    if (length == 0) {
      throw DataError({source, line}, fmt::format("byte 0x{:02X} is not UTF-8: save the file as \"CSV UTF-8\"",
                                                  static_cast<unsigned char>(bytes[i])));
    }
    line += bytes[i] == '\n';
    i += length;
  }
}

char sniff_delimiter(std::string_view bytes, bool quotes) {
  constexpr std::array kDelimiters{',', ';', '\t'};
  std::array<int64_t, kDelimiters.size()> counts{};
  bool quoted = false, text = false;  // blank lines before the header do not count
  for (const char c : bytes) {
    if (c == '"' && quotes) quoted = !quoted;
    if (quoted) continue;
    if ((c == '\n' || c == '\r') && text) break;
    text |= c != ' ' && c != '\n' && c != '\r';
    for (size_t k = 0; k < kDelimiters.size(); ++k) counts[k] += c == kDelimiters[k];
  }
  return kDelimiters[std::max_element(counts.begin(), counts.end()) - counts.begin()];
}

// libcsv calls back for each field and each end of a row, but knows no lines: it is fed one line at a time.
class Parser {
 public:
  Parser(std::string source, const CsvFormat& format) : source_(std::move(source)) {
    // Report every line end, so that blank lines are seen to end; be strict, so that an unclosed quote is an error and
    // does not swallow the rest of the file.
    if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) throw Error("libcsv: csv_init failed");
    csv_set_delim(&parser_, static_cast<unsigned char>(format.delimiter));
    if (!format.quotes) csv_set_quote(&parser_, '\0');  // which no text holds
    csv_set_blk_size(&parser_, 1 << 16);                // a long field does not grow by libcsv's 128 bytes at a time
  }
  ~Parser() { csv_free(&parser_); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  std::vector<CsvRow> parse(std::string_view bytes) {
    while (!bytes.empty()) {
      ++line_;
      auto length = bytes.find_first_of("\r\n");
      length = length == std::string_view::npos ? bytes.size() : length + 1;
      if (bytes.substr(length - 1).starts_with("\r\n")) ++length;
      if (csv_parse(&parser_, bytes.data(), length, &on_field, &on_row, this) != length) fail();
      bytes.remove_prefix(length);
    }
    if (csv_fini(&parser_, &on_field, &on_row, this) != 0) fail();
    return std::move(rows_);
  }

 private:
  static void on_field(void* data, size_t length, void* self) {
    const auto* text = static_cast<const char*>(data);
    static_cast<Parser*>(self)->row_.fields.emplace_back(text ? text : "", length);
  }

  static void on_row(int, void* self) {
    auto& parser = *static_cast<Parser*>(self);
    if (!parser.row_.fields.empty()) parser.rows_.push_back(std::move(parser.row_));
    parser.row_ = {.line = parser.line_ + 1, .fields = {}};
  }

  [[noreturn]] void fail() {
    if (csv_error(&parser_) != CSV_EPARSE) throw Error(source_ + ": libcsv: " + csv_strerror(csv_error(&parser_)));
    throw CsvQuoteError({source_, row_.line},
                        "a quote that is not closed, or stands inside an unquoted field: put the whole field in quotes "
                        "and double the quotes inside it");
  }

  std::string source_;
  csv_parser parser_{};
  int64_t line_ = 0;
  CsvRow row_{.line = 1, .fields = {}};
  std::vector<CsvRow> rows_;
};

size_t width_of(const CsvTable& table) {
  return table.header.fields.empty() ? table.rows.front().fields.size() : table.header.fields.size();
}

}  // namespace

CsvTable parse_csv(std::string_view bytes, const std::string& source, const CsvFormat& format) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  check_is_text(bytes, source);
  auto known = format;
  if (known.delimiter == kSniffDelimiter) known.delimiter = sniff_delimiter(bytes, format.quotes);
  CsvTable table{.source = source, .delimiter = known.delimiter, .header = {}, .rows = {}};
  table.rows = Parser(source, known).parse(bytes);
  if (table.rows.empty()) {
    throw DataError({source},
                    fmt::format("the file is empty, expected {}rows", format.header ? "a header line and " : ""));
  }
  const auto width = table.rows.front().fields.size();
  for (const auto& row : table.rows) {
    if (row.fields.size() != width) {
      throw DataError({source, row.line}, fmt::format("got {} fields, expected {} as in the {}", row.fields.size(),
                                                      width, format.header ? "header" : "first row"));
    }
  }
  if (format.header) {
    table.header = std::move(table.rows.front());
    table.rows.erase(table.rows.begin());
  }
  return table;
}

CsvTable read_csv(const std::filesystem::path& path, const CsvFormat& format) {
  return parse_csv(read_file(path), path.string(), format);
}

char delimiter_of(const std::string& word) {
  if (word == "auto") return kSniffDelimiter;
  return word == "tab" ? '\t' : word.front();
}

std::optional<size_t> find_column(const CsvTable& table, const std::string& name) {
  const auto& names = table.header.fields;
  const auto found = std::ranges::find(names, name);
  return found == names.end() ? std::nullopt : std::optional(static_cast<size_t>(found - names.begin()));
}

size_t named_column(const CsvTable& table, const std::string& name, const std::string& advice) {
  if (const auto found = find_column(table, name)) return *found;
  no_column({table.source, table.header.line}, name, table.header.fields, advice);
}

std::optional<size_t> find_column_or_number(const CsvTable& table, const std::string& wanted) {
  if (const auto named = find_column(table, wanted)) return named;
  size_t number = 0;
  const auto* behind = wanted.data() + wanted.size();
  const auto [end, error] = std::from_chars(wanted.data(), behind, number);
  const bool is_column = error == std::errc{} && end == behind && number >= 1 && number <= width_of(table);
  return is_column ? std::optional(number - 1) : std::nullopt;
}

size_t needed_column(const CsvTable& table, const std::string& wanted) {
  if (const auto found = find_column_or_number(table, wanted)) return *found;
  if (!table.header.fields.empty()) no_column({table.source}, wanted, table.header.fields);
  throw DataError({table.source}, fmt::format("no column \"{}\": the rows have {} fields, and no header names them",
                                              wanted, width_of(table)));
}

void no_column(const SourceLocation& where, const std::string& wanted, const std::vector<std::string>& columns,
               const std::string& advice) {
  throw DataError(where, fmt::format("no column \"{}\"; the columns are {}{}{}{}", wanted, fmt::join(columns, ", "),
                                     did_you_mean(wanted, columns), advice.empty() ? "" : "; ", advice));
}

}  // namespace recur
