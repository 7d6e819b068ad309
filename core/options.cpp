#include "core/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/ascii.h"
#include "core/names.h"

namespace recur {
namespace {

/// The shortest decimal that reads back as the same double.
std::string number_text(double value) {
  std::array<char, 64> buffer;
  const double size = std::abs(value);
  const auto print = [&](std::chars_format format) {
    return std::string(buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr);
  };
  if (value == 0 || (size >= 1e-5 && size < 1e15)) return print(std::chars_format::fixed);
  std::string text = print(std::chars_format::scientific);
  // YAML 1.1 readers (PyYAML) take 1e-08 for a text, 1.0e-08 for a number.
  if (const size_t e = text.find('e'); e != text.npos && text.find('.') == text.npos) text.insert(e, ".0");
  return text;
}

/// Whether YAML readers of any age could take `text` for something other than a text.
bool looks_like_another_type(std::string text) {
  text = ascii_lower(text);
  constexpr std::array<std::string_view, 9> kWords{"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  if (text.empty() || std::find(kWords.begin(), kWords.end(), text) != kWords.end()) return true;
  return !is_ascii_letter(text[0]) && text[0] != '_' && text[0] != '/';
}

/// An optional sign and decimal digits, or a decimal number: what from_chars reads, and a leading plus.
template <class T>
std::errc parse_number(const std::string& text, T& out) {
  const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-';
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data() + plus, end, out);
  return result.ptr == end ? result.ec : std::errc::invalid_argument;
}

/// Reports a value that is not in its range.  Returns whether it is.
bool expect_range(const detail::ReadContext& at, double value) {
  const OptionRange& range = at.range;
  bool inside = true;
  if (range.kind == OptionRange::Kind::kAtLeast) inside = value >= range.low;
  if (range.kind == OptionRange::Kind::kMoreThan) inside = value > range.low;
  if (range.kind == OptionRange::Kind::kBetween) inside = value >= range.low && value <= range.high;
  if (range.kind == OptionRange::Kind::kFraction) inside = value >= range.low && value < range.high;
  if (!inside) detail::add_error(at, fmt::format("expected {}, got {}", range.to_string(), describe_node(at.node)));
  return inside;
}

}  // namespace

std::vector<std::string> OptionRange::allowed_names() const {
  if (kind == Kind::kCatalog) return catalog();
  std::vector<std::string> allowed;
  for (const char* name : names) {
    if (name != nullptr) allowed.emplace_back(name);
  }
  return allowed;
}

std::string OptionRange::to_string() const {
  switch (kind) {
    case Kind::kAny:
      return "";
    case Kind::kOneOf:
    case Kind::kCatalog:
      return fmt::format("one of {}", fmt::join(allowed_names(), ", "));
    case Kind::kAtLeast:
      return "at least " + number_text(low);
    case Kind::kMoreThan:
      return "more than " + number_text(low);
    case Kind::kBetween:
      return fmt::format("between {} and {}", number_text(low), number_text(high));
    case Kind::kFraction:
      return "at least 0 and less than 1";
    case Kind::kNotEmpty:
      return "not empty";
  }
  return "";
}

void ConfigCheck::fail(const std::string& key, const std::string& message) {
  const ConfigNode* found = node_.at(key);
  errors_.add(found ? found->where : node_.where, detail::join_path(path_, key) + ": " + message);
}

namespace detail {

std::string join_path(const std::string& path, const std::string& key) {
  return path.empty() || key.empty() ? path + key : path + "." + key;
}

void add_error(const ReadContext& at, const std::string& message) {
  at.errors.add(at.node.where, at.path.empty() ? message : at.path + ": " + message);
}

bool expect_kind(const ReadContext& at, ConfigNode::Kind kind) {
  if (at.node.kind == kind) return true;
  if (at.node.is_null()) {
    add_error(at, "has no value; write a value or remove the line");
  } else {
    const char* wanted = kind == ConfigNode::Kind::kSequence ? "a list" : "a map of keys and values";
    const bool forgot_brackets = kind == ConfigNode::Kind::kSequence && at.node.is_scalar();
    const auto hint = forgot_brackets ? fmt::format("; write [{}]", at.node.scalar) : "";
    add_error(at, fmt::format("expected {}, got {}{}", wanted, describe_node(at.node), hint));
  }
  return false;
}

bool expect_items(const ReadContext& at, size_t size) {
  if (size > 0 || at.range.kind != OptionRange::Kind::kNotEmpty) return true;
  add_error(at, fmt::format("expected at least one item, got an empty {}", at.node.is_map() ? "map" : "list"));
  return false;
}

void report_unknown_keys(const ConfigNode& node, const std::string& path, const std::vector<std::string>& known,
                         ConfigErrors& errors) {
  for (const ConfigEntry& entry : node.entries) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    std::string hint = did_you_mean(entry.key, known);
    if (hint.empty()) hint = fmt::format("; known here: {}", fmt::join(known, ", "));
    errors.add(entry.where, fmt::format("{}: unknown key{}", join_path(path, entry.key), hint));
  }
}

void report_missing(const ConfigNode& node, const std::string& path, ConfigErrors& errors) {
  errors.add(node.where, path + ": is required but not given");
}

/// Reports what is not a scalar, or is quoted where quotes make a text of it.  Returns whether all is well.
static bool expect_scalar(const ReadContext& at, const char* wanted, bool may_be_quoted) {
  if (at.node.is_null()) {
    add_error(at, "has no value; write a value or remove the line");
    return false;
  }
  if (at.node.is_scalar() && (may_be_quoted || !at.node.quoted)) return true;
  add_error(at, fmt::format("expected {}, got {}", wanted, describe_node(at.node)));
  return false;
}

bool read_value(const ReadContext& at, bool& out) {
  if (!expect_scalar(at, "true or false", false)) return false;
  const std::string& text = at.node.scalar;
  if (text != "true" && text != "false") {
    add_error(at, fmt::format("expected true or false, got {}", describe_node(at.node)));
    return false;
  }
  out = text == "true";
  return true;
}

bool read_value(const ReadContext& at, int64_t& out) {
  if (!expect_scalar(at, "an integer", false)) return false;
  int64_t value = 0;
  const std::errc error = parse_number(at.node.scalar, value);
  if (error == std::errc::result_out_of_range) {
    using Limits = std::numeric_limits<int64_t>;
    add_error(at, fmt::format("expected an integer between {} and {}, got {}", Limits::min(), Limits::max(),
                              describe_node(at.node)));
    return false;
  }
  if (error != std::errc()) {
    add_error(at, fmt::format("expected an integer, got {}", describe_node(at.node)));
    return false;
  }
  if (!expect_range(at, static_cast<double>(value))) return false;
  out = value;
  return true;
}

bool read_value(const ReadContext& at, double& out) {
  if (!expect_scalar(at, "a number", false)) return false;
  double value = 0;
  const std::errc error = parse_number(at.node.scalar, value);
  const std::string& text = at.node.scalar;
  if (error == std::errc::result_out_of_range || !std::isfinite(value) || text == ".inf" || text == "-.inf" ||
      text == ".nan") {
    add_error(at, fmt::format("expected a finite number that a double can hold, got {}", describe_node(at.node)));
    return false;
  }
  if (error != std::errc()) {
    add_error(at, fmt::format("expected a number, got {}", describe_node(at.node)));
    return false;
  }
  if (!expect_range(at, value)) return false;
  out = value;
  return true;
}

bool read_value(const ReadContext& at, std::string& out) {
  if (!expect_scalar(at, "a text", true)) return false;
  const std::string& text = at.node.scalar;
  if (at.range.is_for_text()) {
    const auto allowed = at.range.allowed_names();
    if (std::find(allowed.begin(), allowed.end(), text) == allowed.end()) {
      add_error(at, fmt::format("expected {}; got {}{}{}", at.range.to_string(), quote_for_message(text),
                                did_you_mean(text, allowed), at.range.hint));
      return false;
    }
  }
  if (at.range.kind == OptionRange::Kind::kNotEmpty && text.empty()) {
    add_error(at, "expected a text that is not empty, got \"\"");
    return false;
  }
  out = text;
  return true;
}

bool read_value(const ReadContext& at, ConfigNode& out) {
  out = at.node;
  return true;
}

void add_entry(ConfigNode& map, const std::string& key, ConfigNode value) {
  ConfigEntry& entry = map.entries.emplace_back();
  entry.key = key;
  entry.value = std::move(value);
}

ConfigNode value_node(bool value) {
  return ConfigNode::make_scalar(value ? "true" : "false");
}
ConfigNode value_node(int64_t value) {
  return ConfigNode::make_scalar(std::to_string(value));
}
ConfigNode value_node(double value) {
  return ConfigNode::make_scalar(number_text(value));
}
ConfigNode value_node(const std::string& value) {
  return ConfigNode::make_scalar(value, /*quoted=*/looks_like_another_type(value));
}
ConfigNode value_node(const ConfigNode& value) {
  return value;
}

}  // namespace detail
}  // namespace recur
