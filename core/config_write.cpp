// Writing YAML: block style for maps, one line for lists of scalars, quotes only where a reader would be misled.
#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "core/config_tree.h"

namespace recur {
namespace {

bool is_null_word(std::string_view text) {
  constexpr std::array<std::string_view, 5> kWords{"", "~", "null", "Null", "NULL"};
  return std::find(kWords.begin(), kWords.end(), text) != kWords.end();
}

/// Whether YAML reads `text` without quotes as itself, in a block and in a list on one line.  Rather too strict.
bool is_plain(const std::string& text) {
  if (is_null_word(text) || text.front() == ' ' || text.back() == ' ') return false;
  const auto ordinary = [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '.' || c == '/' || c == '+' || c == '-' || c == ' ';
  };
  if (!std::all_of(text.begin(), text.end(), ordinary)) return false;
  // "- x" is a list, "---" and "..." end documents; "-1", "+1" and ".5" are fine.
  const bool has_sign = text.front() == '-' || text.front() == '+' || text.front() == '.';
  return !has_sign || (text.size() > 1 && std::isdigit(static_cast<unsigned char>(text[1])));
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (code < 0x20 || code == 0x7F) {
      out += fmt::format("\\x{:02X}", code);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string key_text(const std::string& key) {
  return is_plain(key) ? key : quoted(key);
}

/// Whether a value goes on its key's line: scalars, what is empty, and lists of such.
bool fits_on_a_line(const ConfigNode& node) {
  if (node.is_map()) return node.entries.empty();
  return std::all_of(node.items.begin(), node.items.end(), fits_on_a_line);
}

void write_block(const ConfigNode& node, const std::string& indent, std::string& out);

/// The value behind `key:` or `-`; `out` ends with that colon or dash.
void write_value(const ConfigNode& node, const std::string& indent, std::string& out) {
  if (fits_on_a_line(node)) {
    out += ' ' + write_yaml_line(node) + '\n';
  } else {
    out += '\n';
    write_block(node, indent + "  ", out);
  }
}

void write_block(const ConfigNode& node, const std::string& indent, std::string& out) {
  for (const ConfigEntry& entry : node.entries) {
    out += indent + key_text(entry.key) + ':';
    write_value(entry.value, indent, out);
  }
  for (const ConfigNode& item : node.items) {
    if (fits_on_a_line(item) || item.is_sequence()) {
      out += indent + '-';
      write_value(item, indent, out);
      continue;
    }
    const size_t start = out.size();
    write_block(item, indent + "  ", out);
    out[start + indent.size()] = '-';  // the map's first key stands beside the dash
  }
}

}  // namespace

std::string write_yaml_line(const ConfigNode& node) {
  std::string out;
  switch (node.kind) {
    case ConfigNode::Kind::kNull:
      return "null";
    case ConfigNode::Kind::kScalar:
      return !node.quoted && is_plain(node.scalar) ? node.scalar : quoted(node.scalar);
    case ConfigNode::Kind::kSequence:
      for (const ConfigNode& item : node.items) out += (out.empty() ? "" : ", ") + write_yaml_line(item);
      return "[" + out + "]";
    case ConfigNode::Kind::kMap:
      for (const ConfigEntry& entry : node.entries) {
        out += (out.empty() ? "" : ", ") + key_text(entry.key) + ": " + write_yaml_line(entry.value);
      }
      return "{" + out + "}";
  }
  return out;
}

std::string write_yaml(const ConfigNode& node) {
  if (fits_on_a_line(node)) return write_yaml_line(node) + '\n';
  std::string out;
  write_block(node, "", out);
  return out;
}

}  // namespace recur
