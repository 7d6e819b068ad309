// How a struct of options says what its members are called, what they are for, and which values they may have:
//
//   struct ScheduleOptions {
//     std::string name = "constant";
//     int64_t warmup_steps = 0;
//     std::optional<double> clip;
//     static constexpr auto fields() {
//       return std::tuple{
//           field("name", &ScheduleOptions::name, "how the learning rate moves", one_of("constant", "step", "cosine")),
//           field("warmup_steps", &ScheduleOptions::warmup_steps, "steps of linear warm-up", at_least(0)),
//           field("clip", &ScheduleOptions::clip, "largest norm of the gradient; null: any", more_than(0.0))};
//     }
//   };
//
// A member may be bool, int64_t, double, std::string, another such struct, std::optional<T>, std::vector<T> or
// std::map<std::string, T> of these, or a ConfigNode (a part of the config that is kept as it is).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/aggregate.h"
#include "core/config_tree.h"

namespace recur {

/// Which values a field may have.  For an optional, a list or a map it holds for what is inside.
struct OptionRange {
  enum class Kind { kAny, kOneOf, kCatalog, kAtLeast, kMoreThan, kBetween, kFraction, kNotEmpty };
  static constexpr size_t kMaxNames = 16;

  Kind kind = Kind::kAny;
  std::array<const char*, kMaxNames> names{};
  std::vector<std::string> (*catalog)() = nullptr;
  const char* hint = "";  ///< what else may be wrong where a catalog does not know a name
  double low = 0, high = 0;

  constexpr bool is_for_text() const { return kind == Kind::kOneOf || kind == Kind::kCatalog; }
  constexpr bool is_for_numbers() const { return kind >= Kind::kAtLeast && kind <= Kind::kFraction; }
  /// The names of one_of, in order.
  std::vector<std::string> allowed_names() const;
  /// "at least 0", "one of a, b", ... or "" if there is no range.
  std::string to_string() const;
};

/// Marks a field that a config must give.
struct Required {};

/// Text that is one of these words (16 at most; more are a catalog).
template <class... Names>
constexpr OptionRange one_of(const char* first, Names... others) {
  static_assert(1 + sizeof...(others) <= OptionRange::kMaxNames);
  return {.kind = OptionRange::Kind::kOneOf, .names = {first, others...}};
}
/// Text that is one of the names a catalog knows when the program runs.
/// `hint` is how the message on a name that it does not know goes on.
constexpr OptionRange one_of(std::vector<std::string> (*catalog)(), const char* hint = "") {
  return {.kind = OptionRange::Kind::kCatalog, .catalog = catalog, .hint = hint};
}
/// A number >= low.
constexpr OptionRange at_least(double low) {
  return {.kind = OptionRange::Kind::kAtLeast, .low = low};
}
/// A number > low.
constexpr OptionRange more_than(double low) {
  return {.kind = OptionRange::Kind::kMoreThan, .low = low};
}
/// A number with low <= number <= high.
constexpr OptionRange between(double low, double high) {
  return {.kind = OptionRange::Kind::kBetween, .low = low, .high = high};
}
/// A number with 0 <= number < 1: a dropout rate, a share of the data.
constexpr OptionRange fraction() {
  return {.kind = OptionRange::Kind::kFraction, .low = 0, .high = 1};
}
/// Text, a list or a map that holds something.
constexpr OptionRange not_empty() {
  return {.kind = OptionRange::Kind::kNotEmpty};
}
constexpr Required required() {
  return {};
}

template <class Struct, class Member>
struct OptionField {
  using Value = Member;
  const char* key;
  Member Struct::*member;
  const char* doc;
  OptionRange range{};
  bool is_required = false;
};

/// A field of `Struct`: its key in the config, the member, one line on what it is for, and in any order at most one
/// range and `required()`.
template <class Struct, class Member, class... Extras>
constexpr OptionField<Struct, Member> field(const char* key, Member Struct::*member, const char* doc,
                                            Extras... extras) {
  static_assert((std::is_same_v<Extras, OptionRange> + ... + 0) <= 1, "a field has at most one range");
  OptionField<Struct, Member> made{key, member, doc};
  [[maybe_unused]] const auto take = [&made](auto extra) {
    if constexpr (std::is_same_v<decltype(extra), Required>) {
      made.is_required = true;
    } else {
      made.range = extra;
    }
  };
  (take(extras), ...);
  return made;
}

namespace detail {

/// What a field's range speaks about: T itself, or what is inside an optional, a list or a map.
template <class T>
struct Inner {
  using type = T;
};
template <class T>
struct Inner<std::optional<T>> : Inner<T> {};
template <class T>
struct Inner<std::vector<T>> : Inner<T> {};
template <class T>
struct Inner<std::map<std::string, T>> : Inner<T> {};

template <class Field>
constexpr bool range_fits(const Field& field) {
  using Value = typename Inner<typename Field::Value>::type;
  if (field.range.is_for_text()) return std::is_same_v<Value, std::string>;
  if (field.range.is_for_numbers()) return std::is_same_v<Value, int64_t> || std::is_same_v<Value, double>;
  return true;
}

}  // namespace detail

/// A struct with `static constexpr auto fields()`.
template <class T>
concept Options = requires {
  T::fields();
};

/// Holds at compile time that `fields()` names every member, with ranges that fit their types.
template <Options T>
constexpr void check_fields() {
  static_assert(std::is_aggregate_v<T>, "options are plain structs: no constructors or private members");
  constexpr auto kFields = T::fields();
  static_assert(kMemberCount<T> == std::tuple_size_v<decltype(kFields)>,
                "fields() forgot a member, or names one twice");
  static_assert(std::apply([](const auto&... field) { return (detail::range_fits(field) && ...); }, kFields),
                "a range of numbers stands at text, or one_of stands at something that is not text");
}

}  // namespace recur
