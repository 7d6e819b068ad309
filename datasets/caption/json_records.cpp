#include "datasets/caption/json_records.h"

#include <fmt/format.h>

#include "core/files.h"
#include "datasets/json.h"
#include "datasets/text/encoding.h"

namespace recur {

using nlohmann::json;
void for_each_json_record(
    const std::string& path,
    const std::function<void(const std::string& array, const json& record, const SourceLocation& where)>& take) {
  const auto text = decode_text(read_file(path), "utf-8", path);
  std::string array;
  int64_t number = 0;
  // What returns false is not kept.  The outermost object is at depth 0, its keys and arrays at 1, the records at 2.
  const auto take_or_keep = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth == 1 && event == json::parse_event_t::key) {
      array = parsed.get<std::string>();
      number = 0;
    }
    if (depth != 2 || event != json::parse_event_t::object_end) return true;
    take(array, parsed, {fmt::format("{}, {} {}", path, array, ++number)});
    return false;
  };
  try {
    [[maybe_unused]] const auto rest = json::parse(text, take_or_keep);  // the file without its records
  } catch (const json::parse_error& error) {
    throw not_json(text, path, 1, error);
  }
}

}  // namespace recur
