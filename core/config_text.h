// The text of a config before it is taken as YAML.  Shared by core/config_*.cpp; others want core/config_tree.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace recur {

/// A text, what is wrong with it, and how its byte offsets map to lines and columns.  Columns count characters, as
/// editors do, not bytes.
class SourceText {
 public:
  /// `text` must outlive this.  Without lines (a value from the command line), locations are `source` alone.
  SourceText(std::string_view text, std::string source, bool with_lines);

  /// The place of a byte whose line and column, both from 0 and the column in bytes, are known.  Negative: unknown.
  SourceLocation at(int64_t position, int64_t line, int64_t column) const;

  /// Whether one of `characters` stands at `position`.
  bool starts_at(size_t position, std::string_view characters) const {
    return position < text_.size() && characters.find(text_[position]) != characters.npos;
  }

  /// The place of the dash of an item with nothing behind it, when what yaml-cpp tells is the token after it, at
  /// `position` in `line` (both from 0).
  SourceLocation at_dash_before(size_t position, int64_t line) const;

  /// @throws ConfigError for NUL bytes, bytes that are not UTF-8, and tabs that indent.
  void check() const;

  /// Whether a quote that opens at `position` is closed again; true if there is none.  yaml-cpp lets 'abc run to the
  /// end of the file.
  bool closes_quote(size_t position) const;

 private:
  SourceLocation at_byte(size_t position) const;

  std::string_view text_;
  std::string source_;
  bool with_lines_;
  std::vector<int32_t> characters_;  ///< characters that begin before each byte
};

}  // namespace recur
