// The templates of core/options.h: a walk over fields().  What does not depend on the struct is in core/options.cpp.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/options.h"

namespace recur {
namespace detail {

/// Where a value is read, and what may stand there.
struct ReadContext {
  const ConfigNode& node;
  const std::string& path;
  const OptionRange& range;
  ConfigErrors& errors;

  ReadContext within(const ConfigNode& child, const std::string& child_path) const {
    return {child, child_path, range, errors};
  }
};

std::string join_path(const std::string& path, const std::string& key);
void add_error(const ReadContext& at, const std::string& message);
/// Reports a node that is not of `kind`.  Returns whether it is.
bool expect_kind(const ReadContext& at, ConfigNode::Kind kind);
/// Reports a list or a map that is empty though its range says not_empty().
bool expect_items(const ReadContext& at, size_t size);
void report_unknown_keys(const ConfigNode& node, const std::string& path, const std::vector<std::string>& known,
                         ConfigErrors& errors);
void report_missing(const ConfigNode& node, const std::string& path, ConfigErrors& errors);

// Each returns whether the value was read; if not, an error was reported and `out` is as before.
bool read_value(const ReadContext& at, bool& out);
bool read_value(const ReadContext& at, int64_t& out);
bool read_value(const ReadContext& at, double& out);
bool read_value(const ReadContext& at, std::string& out);
bool read_value(const ReadContext& at, ConfigNode& out);

void add_entry(ConfigNode& map, const std::string& key, ConfigNode value);
ConfigNode value_node(bool value);
ConfigNode value_node(int64_t value);
ConfigNode value_node(double value);
ConfigNode value_node(const std::string& value);
ConfigNode value_node(const ConfigNode& value);

// Declared before any is defined, so that they find each other whatever contains what.
template <class T>
bool read_value(const ReadContext& at, std::optional<T>& out);
template <class T>
bool read_value(const ReadContext& at, std::vector<T>& out);
template <class T>
bool read_value(const ReadContext& at, std::map<std::string, T>& out);
template <Options T>
bool read_value(const ReadContext& at, T& out);
template <class T>
ConfigNode value_node(const std::optional<T>& value);
template <class T>
ConfigNode value_node(const std::vector<T>& values);
template <class T>
ConfigNode value_node(const std::map<std::string, T>& values);
template <Options T>
ConfigNode value_node(const T& value);

template <class T>
bool read_value(const ReadContext& at, std::optional<T>& out) {
  if (at.node.is_null()) {
    out.reset();
    return true;
  }
  T value{};
  if (!read_value(at, value)) return false;
  out = std::move(value);
  return true;
}

template <class T>
bool read_value(const ReadContext& at, std::vector<T>& out) {
  if (!expect_kind(at, ConfigNode::Kind::kSequence) || !expect_items(at, at.node.items.size())) return false;
  std::vector<T> values;
  bool good = true;
  for (const ConfigNode& item : at.node.items) {
    T value{};
    const std::string path = join_path(at.path, std::to_string(values.size()));
    good &= read_value(at.within(item, path), value);
    values.push_back(std::move(value));
  }
  if (good) out = std::move(values);
  return good;
}

template <class T>
bool read_value(const ReadContext& at, std::map<std::string, T>& out) {
  if (!expect_kind(at, ConfigNode::Kind::kMap) || !expect_items(at, at.node.entries.size())) return false;
  std::map<std::string, T> values;
  bool good = true;
  for (const ConfigEntry& entry : at.node.entries) {
    const std::string path = join_path(at.path, entry.key);
    good &= read_value(at.within(entry.value, path), values[entry.key]);
  }
  if (good) out = std::move(values);
  return good;
}

template <class Struct, class Member>
void read_field(const OptionField<Struct, Member>& field, const ConfigNode& node, const std::string& path,
                Struct& value, ConfigErrors& errors) {
  const std::string field_path = join_path(path, field.key);
  if (const ConfigEntry* entry = node.find(field.key)) {
    read_value(ReadContext{entry->value, field_path, field.range, errors}, value.*field.member);
  } else if (field.is_required) {
    report_missing(node, field_path, errors);
  } else if constexpr (Options<Member>) {
    // Read from an empty map, so that the fields required in it are asked for and its check() is called.
    ConfigNode empty = ConfigNode::make_map();
    empty.where = node.where;
    read_options_into(empty, field_path, value.*field.member, errors);
  }
}

template <Options T>
bool read_value(const ReadContext& at, T& out) {
  check_fields<T>();
  if (!expect_kind(at, ConfigNode::Kind::kMap)) return false;
  const size_t before = at.errors.count();
  std::vector<std::string> known;
  std::apply(
      [&](const auto&... field) {
        (known.emplace_back(field.key), ...);
        (read_field(field, at.node, at.path, out, at.errors), ...);
      },
      T::fields());
  report_unknown_keys(at.node, at.path, known, at.errors);
  if constexpr (requires(ConfigCheck & check) { out.check(check); }) {
    ConfigCheck check(at.node, at.path, at.errors);
    if (at.errors.count() == before) std::as_const(out).check(check);
  }
  return at.errors.count() == before;
}

template <class T>
ConfigNode value_node(const std::optional<T>& value) {
  return value ? value_node(*value) : ConfigNode::make_null();
}

template <class T>
ConfigNode value_node(const std::vector<T>& values) {
  ConfigNode node = ConfigNode::make_sequence();
  for (const T& value : values) node.items.push_back(value_node(value));
  return node;
}

template <class T>
ConfigNode value_node(const std::map<std::string, T>& values) {
  ConfigNode node = ConfigNode::make_map();
  for (const auto& [key, value] : values) add_entry(node, key, value_node(value));
  return node;
}

template <Options T>
ConfigNode value_node(const T& value) {
  check_fields<T>();
  ConfigNode node = ConfigNode::make_map();
  std::apply([&](const auto&... field) { (add_entry(node, field.key, value_node(value.*field.member)), ...); },
             T::fields());
  return node;
}

/// What a type is called, and the struct inside it, if there is one.
template <class T>
struct TypeInfo {
  static std::string name() { return "map"; }
};
template <>
struct TypeInfo<bool> {
  static std::string name() { return "bool"; }
};
template <>
struct TypeInfo<int64_t> {
  static std::string name() { return "integer"; }
};
template <>
struct TypeInfo<double> {
  static std::string name() { return "number"; }
};
template <>
struct TypeInfo<std::string> {
  static std::string name() { return "text"; }
};
template <>
struct TypeInfo<ConfigNode> {
  static std::string name() { return "anything"; }
};
template <class T>
struct TypeInfo<std::optional<T>> {
  static std::string name() { return TypeInfo<T>::name() + " or null"; }
};
template <class T>
struct TypeInfo<std::vector<T>> {
  static std::string name() { return "list of " + TypeInfo<T>::name(); }
};
template <class T>
struct TypeInfo<std::map<std::string, T>> {
  static std::string name() { return "map of names to " + TypeInfo<T>::name(); }
};

template <Options T>
OptionsDoc describe_struct(const T& defaults);

template <class Struct, class Member>
OptionsDoc describe_field(const OptionField<Struct, Member>& field, const Struct& defaults) {
  OptionsDoc doc{.key = field.key,
                 .type = TypeInfo<Member>::name(),
                 .default_text = "",
                 .range = field.range.to_string(),
                 .doc = field.doc,
                 .required = field.is_required,
                 .children = {}};
  using Inside = typename Inner<Member>::type;
  if constexpr (Options<Member>) {
    doc.children =
        describe_struct(defaults.*field.member).children;  // which need not be the member type's own defaults
  } else if constexpr (Options<Inside>) {
    doc.children = describe_struct(Inside{}).children;
  }
  if constexpr (!Options<Member>) {
    if (!field.is_required) doc.default_text = write_yaml_line(value_node(defaults.*field.member));
  }
  return doc;
}

template <Options T>
OptionsDoc describe_struct(const T& defaults) {
  OptionsDoc doc;
  doc.type = "map";
  std::apply([&](const auto&... field) { (doc.children.push_back(describe_field(field, defaults)), ...); },
             T::fields());
  return doc;
}

}  // namespace detail

template <Options T>
void read_options_into(const ConfigNode& node, const std::string& path, T& value, ConfigErrors& errors) {
  constexpr OptionRange kAny;
  detail::read_value(detail::ReadContext{node, path, kAny, errors}, value);
}

template <Options T>
ConfigNode to_node(const T& value) {
  return detail::value_node(value);
}

template <Options T>
OptionsDoc describe_options() {
  check_fields<T>();
  return detail::describe_struct(T{});
}

}  // namespace recur
