#include "datasets/json.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/names.h"

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

std::string json_text(const nlohmann::json& record, const std::string& key, const SourceLocation& where,
                      const std::string& advice) {
  if (!record.is_object()) {
    throw DataError(where, fmt::format("got {}, expected an object with the key \"{}\"", record.type_name(), key));
  }
  const auto found = record.find(key);
  if (found == record.end()) {
    std::vector<std::string> keys;
    for (const auto& item : record.items()) keys.push_back(item.key());
    throw DataError(where, fmt::format("no \"{}\"; the keys are {}{}{}{}", key, fmt::join(keys, ", "),
                                       did_you_mean(key, keys), advice.empty() ? "" : "; ", advice));
  }
  if (!found->is_string()) throw DataError(where, fmt::format("\"{}\" is {}, expected text", key, found->type_name()));
  return found->get<std::string>();
}

}  // namespace recur
