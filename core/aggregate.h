// Members of a plain aggregate at compile time: how many, what they are called, and all of them as a tuple.  C++20 has
// no reflection; this is the technique of Boost.PFR, cut down to aggregates of up to eight members.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace recur {
namespace detail {

struct ConvertibleToAnything {
  template <class T>
  constexpr operator T() const noexcept;  // NOLINT: implicit on purpose, and never defined
};

template <class T, class... Args>
concept BracesInitialise = requires {
  T{std::declval<Args>()...};
};

template <class T, class... Args>
consteval size_t count_members() {
  if constexpr (BracesInitialise<T, Args..., ConvertibleToAnything>) {
    return count_members<T, Args..., ConvertibleToAnything>();
  } else {
    return sizeof...(Args);
  }
}

template <class T>
struct Wrapped {
  T value;
};
template <class T>
extern const Wrapped<T> kFake;  // never defined: only the addresses of its members are spoken of

template <const auto* Pointer>
consteval std::string_view pretty() {
  return __PRETTY_FUNCTION__;
}

/// The last identifier of e.g. "... [with const auto* Pointer = (& kFake<S>.Wrapped<S>::value.S::gate); ...]" (GCC) or
/// "... [Pointer = &kFake.value.gate]" (Clang).
consteval std::string_view last_identifier(std::string_view text) {
  text.remove_prefix(text.find("Pointer = ") + 10);
#ifdef __clang__
  text = text.substr(0, text.rfind(']'));
#else
  text = text.substr(0, text.find(");"));
#endif
  return text.substr(text.find_last_of(":.") + 1);
}

}  // namespace detail

/// The number of members of an aggregate that can be default-constructed.
template <class T>
inline constexpr size_t kMemberCount = detail::count_members<std::remove_cvref_t<T>>();

/// References to all members, in order: `as_tuple(state)` is `std::tie(state.h, state.c)`.
template <class T>
constexpr auto as_tuple(T& object) {
  constexpr size_t n = kMemberCount<T>;
  static_assert(n <= 8, "as_tuple knows aggregates of up to eight members");
  if constexpr (n == 0) {
    return std::tuple<>{};
  } else if constexpr (n == 1) {
    auto& [a] = object;
    return std::tie(a);
  } else if constexpr (n == 2) {
    auto& [a, b] = object;
    return std::tie(a, b);
  } else if constexpr (n == 3) {
    auto& [a, b, c] = object;
    return std::tie(a, b, c);
  } else if constexpr (n == 4) {
    auto& [a, b, c, d] = object;
    return std::tie(a, b, c, d);
  } else if constexpr (n == 5) {
    auto& [a, b, c, d, e] = object;
    return std::tie(a, b, c, d, e);
  } else if constexpr (n == 6) {
    auto& [a, b, c, d, e, f] = object;
    return std::tie(a, b, c, d, e, f);
  } else if constexpr (n == 7) {
    auto& [a, b, c, d, e, f, g] = object;
    return std::tie(a, b, c, d, e, f, g);
  } else {
    auto& [a, b, c, d, e, f, g, h] = object;
    return std::tie(a, b, c, d, e, f, g, h);
  }
}

#ifndef __CUDACC__  // whose front end does not let member addresses of a declared object be spoken of
/// The members' names, in order.
template <class T>
consteval auto member_names() {
  return []<size_t... I>(std::index_sequence<I...>) {
    return std::array<std::string_view, sizeof...(I)>{
        detail::last_identifier(detail::pretty<&std::get<I>(as_tuple(detail::kFake<T>.value))>())...};
  }
  (std::make_index_sequence<kMemberCount<T>>{});
}
#endif

/// Calls `f(member)` for every member, in order.
template <class T, class F>
constexpr void for_each_member(T&& object, F&& f) {
  std::apply([&](auto&... member) { (f(member), ...); }, as_tuple(object));
}

}  // namespace recur
