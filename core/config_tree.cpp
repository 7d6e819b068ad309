#include "core/config_tree.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include <fmt/format.h>

namespace recur {

const ConfigEntry* ConfigNode::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

ConfigEntry* ConfigNode::find(std::string_view key) {
  return const_cast<ConfigEntry*>(std::as_const(*this).find(key));
}

const ConfigNode* ConfigNode::at(std::string_view path) const {
  if (path.empty()) return this;
  const size_t dot = path.find('.');
  const std::string_view head = path.substr(0, dot);
  const std::string_view rest = dot == path.npos ? std::string_view() : path.substr(dot + 1);
  if (const ConfigEntry* entry = find(head)) return entry->value.at(rest);
  size_t index = 0;
  const auto [end, error] = std::from_chars(head.data(), head.data() + head.size(), index);
  const bool is_index = error == std::errc() && end == head.data() + head.size();
  return is_sequence() && is_index && index < items.size() ? items[index].at(rest) : nullptr;
}

bool ConfigNode::erase(std::string_view key) {
  return std::erase_if(entries, [&](const auto& entry) { return entry.key == key; }) > 0;
}

std::vector<std::string> ConfigNode::keys() const {
  std::vector<std::string> keys;
  for (const auto& entry : entries) keys.push_back(entry.key);
  return keys;
}

ConfigNode ConfigNode::make_scalar(std::string text, bool quoted) {
  ConfigNode node;
  node.kind = Kind::kScalar;
  node.scalar = std::move(text);
  node.quoted = quoted;
  return node;
}

ConfigNode ConfigNode::make_sequence(std::vector<ConfigNode> items) {
  ConfigNode node;
  node.kind = Kind::kSequence;
  node.items = std::move(items);
  return node;
}

ConfigNode ConfigNode::make_map(std::vector<ConfigEntry> entries) {
  ConfigNode node;
  node.kind = Kind::kMap;
  node.entries = std::move(entries);
  return node;
}

std::string ConfigErrors::to_string() const {
  auto sorted = errors_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    const auto position = [](const SourceLocation& at) { return std::tuple(at.line == 0, at.line, at.column); };
    return position(a.first) < position(b.first);
  });
  std::string text;
  for (const auto& [where, message] : sorted) {
    if (!text.empty()) text += '\n';
    text += where.to_string() + ": " + message;
  }
  return text;
}

void ConfigErrors::throw_if_any() const {
  if (!empty()) throw ConfigError(to_string());
}

std::string quote_for_message(std::string_view text) {
  constexpr size_t kLongest = 60;
  std::string quoted = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    // Stop before a character's first byte only, so that what is printed stays UTF-8.
    if (i >= kLongest && (c & 0xC0) != 0x80) return quoted + "...\"";
    if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (c < 0x20 || c == 0x7F) {
      quoted += fmt::format("\\x{:02X}", c);
    } else {
      quoted += static_cast<char>(c);
    }
  }
  return quoted + "\"";
}

std::string describe_node(const ConfigNode& node) {
  switch (node.kind) {
    case ConfigNode::Kind::kNull:
      return "nothing";
    case ConfigNode::Kind::kSequence:
      return "a list";
    case ConfigNode::Kind::kMap:
      return "a map";
    case ConfigNode::Kind::kScalar:
      break;
  }
  const std::string quoted = quote_for_message(node.scalar);
  if (node.quoted) return "the text " + quoted;
  const bool like_a_number = node.scalar.find_first_of("0123456789") != std::string::npos &&
                             node.scalar.find_first_not_of("0123456789+-.eE") == std::string::npos;
  return like_a_number || node.scalar == "true" || node.scalar == "false" ? quoted.substr(1, quoted.size() - 2)
                                                                          : quoted;
}

}  // namespace recur
