// A config file as a plain tree in which every key and value knows where it was written.
//
// This is the only place that reads YAML (by yaml-cpp's events, so that duplicate keys, anchors and sizes are seen as
// they come).  What is accepted is the sober part of YAML 1.2: one document, a map at its root, unique plain keys, no
// tags; anchors and aliases work, within limits.  core/options.h turns the tree into structs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"

namespace recur {

constexpr int64_t kMaxConfigBytes = 1 << 20;
constexpr int64_t kMaxConfigDepth = 64;       ///< of maps and lists within each other
constexpr int64_t kMaxConfigNodes = 100'000;  ///< with every alias written out

struct ConfigEntry;

/// A value of a config: nothing (`key:`, `null`), a scalar as it was written, a list, or a map in the file's order.
struct ConfigNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };

  Kind kind = Kind::kNull;
  std::string scalar;                ///< the text of a scalar, without its quotes
  bool quoted = false;               ///< "10" is a text, 10 a number
  std::vector<ConfigNode> items;     ///< of a list
  std::vector<ConfigEntry> entries;  ///< of a map; keys are unique
  SourceLocation where;

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_map() const { return kind == Kind::kMap; }

  /// The entry of `key`, or nullptr if this is no map or has no such key.
  const ConfigEntry* find(std::string_view key) const;
  ConfigEntry* find(std::string_view key);
  /// The value at a dotted path such as "trainer.files.0", or nullptr.  "" is the node itself.
  const ConfigNode* at(std::string_view path) const;
  /// Takes `key` out of a map.  Returns whether it was there.
  bool erase(std::string_view key);
  std::vector<std::string> keys() const;

  static ConfigNode make_null() { return {}; }
  static ConfigNode make_scalar(std::string text, bool quoted = false);
  static ConfigNode make_sequence(std::vector<ConfigNode> items = {});
  static ConfigNode make_map(std::vector<ConfigEntry> entries = {});
};

struct ConfigEntry {
  std::string key;
  SourceLocation where;  ///< of the key
  ConfigNode value;
};

/// Errors gathered while a config is read, so that a person sees all of them at once.
class ConfigErrors {
 public:
  void add(const SourceLocation& where, const std::string& message) { errors_.push_back({where, message}); }
  size_t count() const { return errors_.size(); }
  bool empty() const { return errors_.empty(); }
  /// One line each, `file:line:column: message`, in the file's order; errors without a line come last.
  std::string to_string() const;
  /// @throws ConfigError with `to_string()`, unless there are none.
  void throw_if_any() const;

 private:
  std::vector<std::pair<SourceLocation, std::string>> errors_;
};

/// Reads a file.  @throws ConfigError for a file that is absent, a directory, too big, not UTF-8 text, or no YAML map.
ConfigNode load_config(const std::filesystem::path& path);

/// The same for a text in memory; `source` stands for the file's name in locations.
ConfigNode parse_config(std::string_view text, const std::string& source);

/// Applies `key.sub=value` (the value is read as YAML; missing parents are made; `files.0=x` sets an item of a list,
/// and an index equal to the list's length appends) or `~key.sub` (removes).  New values carry the location `command
/// line "key.sub=value"`.  @throws ConfigError if the text is neither, or names what cannot be set or removed.
void apply_override(ConfigNode& root, std::string_view text);

/// The node as YAML in block style, ending with a newline.  Reads back to an equal tree.
std::string write_yaml(const ConfigNode& node);

/// The node as YAML on one line: `[1, 2]`, `{a: 1}`, `"10"`, `null`.
std::string write_yaml_line(const ConfigNode& node);

/// What a node is, for the end of "expected a list, got ...": `"abc"`, `12`, `the text "12"`, `a list`, `a map`,
/// `nothing`.
std::string describe_node(const ConfigNode& node);

/// `text` in double quotes, control characters escaped, shortened if it is long: for messages of one line.
std::string quote_for_message(std::string_view text);

}  // namespace recur
