// CSV as RFC 4180 writes it and as spreadsheets write it: libcsv, plus line numbers, encodings and delimiters.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace recur {

struct CsvRow {
  int64_t line = 0;                 ///< of the file, from 1, where the row begins (a quoted field may span lines)
  std::vector<std::string> fields;  ///< without quotes; unquoted fields without blanks around them
};

/// A file's rows; each has as many fields as the first.
struct CsvTable {
  std::string source;    ///< the path, for messages
  char delimiter = ',';  ///< as given or found
  CsvRow header;         ///< empty if the file has none
  std::vector<CsvRow> rows;
};

/// Counts the delimiters in the first line and takes the most frequent of them: comma, semicolon, tab.
inline constexpr char kSniffDelimiter = '\0';

/// What a CSV file's text does not say of itself.
struct CsvFormat {
  char delimiter = kSniffDelimiter;
  bool header = true;  ///< the first row names the columns
  bool quotes = true;  ///< false: a quote is text like any other
};

/// The delimiter that a config's word means: "auto" (found), "tab" or the character itself.
char delimiter_of(const std::string& word);

/// A quote that is not closed or stands inside an unquoted field.
class CsvQuoteError : public DataError {
 public:
  using DataError::DataError;
};

/// Reads a CSV file.  A UTF-8 byte-order mark is skipped, lines end with LF, CRLF or CR, a quote in a quoted field is
/// doubled, blank lines do not count.
/// @throws DataError  file:line for bytes that are not UTF-8 text, a stray or an unclosed quote (CsvQuoteError), a row
///                    whose number of fields is not the first row's, and a file without rows.
CsvTable read_csv(const std::filesystem::path& path, const CsvFormat& format = {});

/// The same for text in memory; `source` is what messages call it.
CsvTable parse_csv(std::string_view bytes, const std::string& source, const CsvFormat& format = {});

/// The place of a column by its name in the header; nullopt if none has it.
std::optional<size_t> find_column(const CsvTable& table, const std::string& name);

/// The same.  @throws DataError  at the header's line, as no_column().
size_t named_column(const CsvTable& table, const std::string& name, const std::string& advice = "");

/// find_column(), or by its number from 1 where no column is so named.
std::optional<size_t> find_column_or_number(const CsvTable& table, const std::string& wanted);

/// The same.
/// @throws DataError  at the file: as no_column(), or saying how many fields there are where no header names them.
size_t needed_column(const CsvTable& table, const std::string& wanted);

/// Says that there is no column `wanted`.  `advice` is what a person may do, the end of the message; "" for nothing.
/// @throws DataError  always: the columns that there are, and the nearest.
[[noreturn]] void no_column(const SourceLocation& where, const std::string& wanted,
                            const std::vector<std::string>& columns, const std::string& advice = "");

}  // namespace recur
