#include "trainers/config_difference.h"

#include <map>
#include <vector>

#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include "core/error.h"

namespace recur {
namespace {

using Lines = std::map<std::string, std::string>;  // full key -> value

/// A value on one line, however it is laid out.
std::string inline_text(const YAML::Node& node) {
  std::vector<std::string> items;
  for (const auto& item : node) {
    items.push_back(node.IsMap() ? item.first.as<std::string>() + ": " + inline_text(item.second) : inline_text(item));
  }
  if (node.IsMap()) return fmt::format("{{{}}}", fmt::join(items, ", "));
  if (node.IsSequence()) return fmt::format("[{}]", fmt::join(items, ", "));
  return node.IsScalar() ? node.Scalar() : "null";
}

void flatten(const YAML::Node& node, const std::string& key, Lines& lines) {
  if (node.IsMap() && node.size() > 0) {
    for (const auto& item : node) {
      const auto name = item.first.as<std::string>();
      flatten(item.second, key.empty() ? name : key + "." + name, lines);
    }
  } else if (!key.empty()) {
    lines[key] = inline_text(node);
  }
}

}  // namespace

std::map<std::string, std::string> flat_config(const std::string& yaml) {
  try {
    Lines lines;
    flatten(YAML::Load(yaml), "", lines);
    return lines;
  } catch (const YAML::Exception& error) {
    throw ConfigError(SourceLocation{"config", error.mark.line + 1, error.mark.column + 1}, error.msg);
  }
}

std::string config_difference(const std::string& old_yaml, const std::string& new_yaml) {
  const auto before = flat_config(old_yaml), after = flat_config(new_yaml);
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
