// CSV as RFC 4180 writes it and as spreadsheets write it: libcsv, plus line numbers, encodings and delimiters.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace recur {

struct CsvRow {
  int64_t line = 0;                 ///< of the file, from 1, where the row begins (a quoted field may span lines)
  std::vector<std::string> fields;  ///< without quotes; unquoted fields without blanks around them
};

/// A file's rows; each has as many fields as the header.
struct CsvTable {
  std::string source;    ///< the path, for messages
  char delimiter = ',';  ///< as given or found
  CsvRow header;
  std::vector<CsvRow> rows;
};

/// Counts the delimiters in the header line and takes the most frequent of them: comma, semicolon, tab.
inline constexpr char kSniffDelimiter = '\0';

/// Reads a CSV file with a header line.  A UTF-8 byte-order mark is skipped, lines end with LF, CRLF or CR, a quote in
/// a quoted field is doubled, blank lines do not count.
/// @throws DataError  file:line for bytes that are not UTF-8 text, a stray or an unclosed quote, a row whose number of
///                    fields is not the header's, and a file without a header.
CsvTable read_csv(const std::filesystem::path& path, char delimiter = kSniffDelimiter);

/// The same for text in memory; `source` is what messages call it.
CsvTable parse_csv(std::string_view bytes, const std::string& source, char delimiter = kSniffDelimiter);

}  // namespace recur
