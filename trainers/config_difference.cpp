#include "trainers/config_difference.h"

#include <map>

#include <yaml-cpp/yaml.h>

#include "core/error.h"

namespace recur {
namespace {

using Lines = std::map<std::string, std::string>;  // full key -> value

void flatten(const YAML::Node& node, const std::string& key, Lines& lines) {
  if (node.IsMap() && node.size() > 0) {
    for (const auto& item : node) {
      const auto name = item.first.as<std::string>();
      flatten(item.second, key.empty() ? name : key + "." + name, lines);
    }
  } else if (!key.empty()) {
    YAML::Emitter out;
    out << YAML::Flow << node;
    lines[key] = node.IsNull() ? "" : out.c_str();
  }
}

Lines parse(const std::string& yaml) {
  try {
    Lines lines;
    flatten(YAML::Load(yaml), "", lines);
    return lines;
  } catch (const YAML::Exception& error) {
    throw ConfigError(SourceLocation{"config", error.mark.line + 1, error.mark.column + 1}, error.msg);
  }
}

}  // namespace

std::string config_difference(const std::string& old_yaml, const std::string& new_yaml) {
  const auto before = parse(old_yaml), after = parse(new_yaml);
  auto keys = before;
  keys.insert(after.begin(), after.end());
  std::string difference;
  for (const auto& item : keys) {
    const auto& key = item.first;
    const auto old_value = before.find(key), new_value = after.find(key);
    const bool is_old = old_value != before.end(), is_new = new_value != after.end();
    if (is_old && is_new && old_value->second == new_value->second) continue;
    if (is_old) difference += fmt::format("- {}: {}\n", key, old_value->second);
    if (is_new) difference += fmt::format("+ {}: {}\n", key, new_value->second);
  }
  return difference;
}

}  // namespace recur
