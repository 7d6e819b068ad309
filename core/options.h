// From a config's tree to structs of options and back, and what `recur describe` and docs/options.md say of them.
// Every fact stands once: type and default in the struct, key, doc and range in its fields() (core/option_fields.h).
//
//   auto options = read_options<ScheduleOptions>(load_config("run.yaml"));
//   std::cout << to_yaml(options) << to_text(describe_options<ScheduleOptions>());
//
// A struct may have `void check(ConfigCheck& check) const`, which is called once its fields have been read without an
// error, for what concerns several of them: `check.require(low < high, "low", "must be less than high");`
#pragma once

#include <string>
#include <vector>

#include "core/config_tree.h"
#include "core/option_fields.h"

namespace recur {

/// Hands the errors of a struct's check() to the place in the config that they concern.
class ConfigCheck {
 public:
  ConfigCheck(const ConfigNode& node, std::string path, ConfigErrors& errors)
      : node_(node), path_(std::move(path)), errors_(errors) {}

  /// Reports `message` at `key` (dotted: "schedule.clip"), or at the struct itself if the config does not give the key.
  void fail(const std::string& key, const std::string& message);
  void require(bool holds, const std::string& key, const std::string& message) {
    if (!holds) fail(key, message);
  }

 private:
  const ConfigNode& node_;
  std::string path_;
  ConfigErrors& errors_;
};

/// What is known of one field or struct, as plain data.
struct OptionsDoc {
  std::string key;           ///< "" at the root
  std::string type;          ///< "integer", "list of text", "map" for a nested struct, ...
  std::string default_text;  ///< as it would stand in a config; "" for a nested struct
  std::string range;         ///< "at least 0", or ""
  std::string doc;           ///< one line
  bool required = false;
  std::vector<OptionsDoc> children;  ///< of a nested struct, or of the structs in a list or map
};

/// A table of the fields for the documentation, then one for each nested struct.  `title` becomes the first heading,
/// at `level` (### is 3); a nested struct's heading is its dotted path, one level below.  No heading for title "".
std::string to_markdown(const OptionsDoc& doc, const std::string& title = "", int level = 2);

/// The fields in aligned columns for a terminal, nested ones indented; no colour.
std::string to_text(const OptionsDoc& doc);

/// Reads the members of `value` from `node`, a map whose dotted path is `path` ("" for the root).  What the config does
/// not give keeps the value that it has.  Everything wrong goes to `errors`, and the member concerned stays as it was.
template <Options T>
void read_options_into(const ConfigNode& node, const std::string& path, T& value, ConfigErrors& errors);

/// The struct that a config describes.  @throws ConfigError with all errors of the config, one line each.
template <Options T>
T read_options(const ConfigNode& root) {
  T value{};
  ConfigErrors errors;
  read_options_into(root, "", value, errors);
  errors.throw_if_any();
  return value;
}

/// The struct as a tree, with all fields in the order of fields().
template <Options T>
ConfigNode to_node(const T& value);

/// The complete YAML of a struct.  Reads back to the same values, bit by bit for doubles.
template <Options T>
std::string to_yaml(const T& value) {
  return write_yaml(to_node(value));
}

/// The fields, types, defaults, ranges and docs of a struct.
template <Options T>
OptionsDoc describe_options();

}  // namespace recur

#include "core/options_inl.h"
