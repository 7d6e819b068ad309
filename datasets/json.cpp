#include "datasets/json.h"

#include <algorithm>

#include <fmt/format.h>

namespace recur {

nlohmann::json parse_json(std::string_view text, const std::string& source, int64_t first_line) {
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    throw not_json(text, source, first_line, error);
  }
}

DataError not_json(std::string_view text, const std::string& source, int64_t first_line,
                   const nlohmann::json::parse_error& error) {
  const auto before = text.substr(0, std::min(text.size(), error.byte > 0 ? error.byte - 1 : 0));
  const auto line = first_line + std::count(before.begin(), before.end(), '\n');
  const auto column = before.size() - (before.rfind('\n') + 1) + 1;
  std::string reason = error.what();  // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
  if (const auto colon = reason.find(": "); colon != std::string::npos) reason.erase(0, colon + 2);
  return DataError({source, line, static_cast<int64_t>(column)}, fmt::format("not JSON: {:.200}", reason));
}

}  // namespace recur
