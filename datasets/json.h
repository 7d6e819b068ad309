// JSON that people wrote, with the place of what is wrong in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace recur {

/// A text of JSON, which messages call `source`; it begins at that source's line `first_line`.
/// @throws DataError  file:line:column
nlohmann::json parse_json(std::string_view text, const std::string& source, int64_t first_line = 1);

/// What parse_json() throws for an error of nlohmann's parser.
DataError not_json(std::string_view text, const std::string& source, int64_t first_line,
                   const nlohmann::json::parse_error& error);

/// The text that a record has at `key`.  `advice` is what a person may do if there is no such key, the end of the
/// message; "" for nothing.
/// @throws DataError  at `where`: no object, no such key (naming those there are, and the nearest), or no text.
std::string json_text(const nlohmann::json& record, const std::string& key, const SourceLocation& where,
                      const std::string& advice = "");

}  // namespace recur
