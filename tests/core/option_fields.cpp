#include "core/option_fields.h"

#include <gtest/gtest.h>

namespace recur::this_file {
namespace {

struct Pair {
  int64_t first = 1;
  std::optional<double> second;
};
struct Everything {
  bool flag;
  int64_t integer;
  double number;
  std::string text = "x";
  std::optional<std::string> optional_text;
  std::optional<std::vector<int64_t>> optional_list;
  std::vector<std::string> list = {};
  std::vector<bool> flags;
  std::map<std::string, double> map;
  Pair pair;
  std::vector<Pair> pairs;
  std::optional<Pair> optional_pair;
  std::map<std::string, Pair> named_pairs;
  std::vector<std::vector<double>> table;
  ConfigNode raw;
  static constexpr int64_t kNotAMember = 3;
};
struct Nothing {};

static_assert(kMemberCount<Nothing> == 0);
static_assert(kMemberCount<Pair> == 2);
static_assert(kMemberCount<Everything> == 15);

// A member that fields() forgets changes the count, which check_fields() compares.
struct OnlyOptionals {
  std::optional<bool> a;
  std::optional<std::string> b;
  std::optional<std::map<std::string, std::string>> c;
  static constexpr auto fields() {
    return std::tuple{field("a", &OnlyOptionals::a, ""), field("b", &OnlyOptionals::b, "")};
  }
};
static_assert(kMemberCount<OnlyOptionals> == 3);
static_assert(std::tuple_size_v<decltype(OnlyOptionals::fields())> == 2);

std::vector<std::string> catalog() {
  return {"lstm", "gru"};
}

TEST(OptionFields, RangesFitTheirTypes) {
  static_assert(detail::range_fits(field("first", &Pair::first, "", at_least(0))));
  static_assert(detail::range_fits(field("second", &Pair::second, "", more_than(0.0))));
  static_assert(detail::range_fits(field("list", &Everything::list, "", one_of("a", "b"))));
  static_assert(detail::range_fits(field("table", &Everything::table, "", fraction())));
  static_assert(!detail::range_fits(field("first", &Pair::first, "", one_of("a"))));
  static_assert(!detail::range_fits(field("text", &Everything::text, "", between(1, 2))));
  static_assert(!detail::range_fits(field("list", &Everything::list, "", at_least(1))));
}

TEST(OptionFields, RequiredAndRangeComeInAnyOrder) {
  constexpr auto kFirst = field("first", &Pair::first, "", required(), at_least(2));
  constexpr auto kSecond = field("first", &Pair::first, "", at_least(2), required());
  static_assert(kFirst.is_required && kSecond.is_required);
  static_assert(kFirst.range.low == 2 && kSecond.range.low == 2);
  static_assert(!field("first", &Pair::first, "").is_required);
}

TEST(OptionFields, RangesSayWhatTheyAllow) {
  EXPECT_EQ(OptionRange{}.to_string(), "");
  EXPECT_EQ(one_of("a", "b").to_string(), "one of a, b");
  EXPECT_EQ(one_of(&catalog).to_string(), "one of lstm, gru");
  EXPECT_EQ(at_least(0).to_string(), "at least 0");
  EXPECT_EQ(more_than(0.5).to_string(), "more than 0.5");
  EXPECT_EQ(between(1, 1e-8).to_string(), "between 1 and 1.0e-08");
  EXPECT_EQ(fraction().to_string(), "at least 0 and less than 1");
  EXPECT_EQ(not_empty().to_string(), "not empty");
}

}  // namespace
}  // namespace recur::this_file
