// The built-in language against what its header says of it: every model here is written anew, by counting.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/language/brackets.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

const double kFloor = (std::log(3) + 7 * std::log(12)) / 17;

// What a model knows of text[0 ... at) when it says text[at].
using Context = std::function<std::string(const std::string& text, size_t at)>;

// Nats per character of a model that counts what follows each context in one text and is measured on another; a
// hundredth on top of every count keeps what was never seen possible.
double nats_of(const Context& context, const std::string& train, const std::string& test) {
  std::unordered_map<std::string, std::map<char, double>> counts;
  std::unordered_map<std::string, double> totals;
  for (size_t at = 1; at < train.size(); ++at) {
    const auto known = context(train, at);
    ++counts[known][train[at]];
    ++totals[known];
  }
  double nats = 0;
  for (size_t at = 1; at < test.size(); ++at) {
    const auto known = context(test, at);
    nats -= std::log((counts[known][test[at]] + 0.01) / (totals[known] + 0.08));
  }
  return nats / static_cast<double>(test.size() - 1);
}

Context last_characters(size_t count) {
  return [=](const std::string& text, size_t at) { return text.substr(at - std::min(at, count), std::min(at, count)); };
}

// The depth before each character.
std::vector<int> depths(const std::string& text) {
  std::vector<int> depths{0};
  for (const char c : text) {
    const bool opens = c == '(' || c == '[' || c == '{';
    depths.push_back(depths.back() + (c == ' ' ? 0 : opens ? 1 : -1));
  }
  return depths;
}

TEST(Brackets, AreWellNestedWordsOfAtMostEightDeep) {
  const auto text = simulate_brackets(100000, 1);
  ASSERT_EQ(text.size(), 100000u);
  std::string open;
  int deepest = 0, words = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == ' ') {
      ASSERT_TRUE(open.empty() && at > 0 && text[at - 1] != ' ') << at;
      ++words;
    } else if (const auto kind = std::string("([{").find(c); kind != std::string::npos) {
      ASSERT_TRUE(!open.empty() || at == 0 || text[at - 1] == ' ') << "no blank before the word at " << at;
      open += ")]}"[kind];
      deepest = std::max(deepest, static_cast<int>(open.size()));
    } else {
      ASSERT_FALSE(open.empty()) << at;
      ASSERT_EQ(open.back(), c) << at;
      open.pop_back();
    }
  }
  EXPECT_EQ(deepest, 8);
  EXPECT_NEAR(words, 100000 / 17.0, 300);
}

TEST(Brackets, AreAlwaysTheSame) {
  EXPECT_EQ(simulate_brackets(40, 1), "{} {[]{}} ([{()}([[[()]]][][[]]){({})}][");  // as on every other machine
  EXPECT_EQ(simulate_brackets(5000, 7).substr(0, 100), simulate_brackets(100, 7));
  EXPECT_NE(simulate_brackets(100, 7), simulate_brackets(100, 8));
}

TEST(Brackets, HaveTheNatsThatOneCountsByHand) {
  EXPECT_NEAR(bracket_nats("([]{}) []"), (2 * std::log(6) + 4 * std::log(2) + std::log(3)) / 8, 1e-12);
  EXPECT_NEAR(bracket_nats("(((((((()))"), (7 * std::log(6) + 0 + 2 * std::log(2)) / 10, 1e-12);
  EXPECT_NEAR(bracket_nats("(["), std::log(6), 1e-12);  // the first is not counted
}

TEST(Brackets, HaveTheEntropyThatTheHeaderSays) {
  EXPECT_NEAR(kFloor, 1.088, 0.0005);
  EXPECT_NEAR(bracket_nats(simulate_brackets(400000, 1)), kFloor, 0.01);
  EXPECT_NEAR(bracket_nats(simulate_brackets(400000, 2)), kFloor, 0.01);
}

TEST(Brackets, NobodyGetsBelowTheFloorAndWhoKeepsNoStackIsFarAboveIt) {
  const auto train = simulate_brackets(200000, 1), test = simulate_brackets(50000, 2);
  const double floor = bracket_nats(test);
  const auto reached = [&](const Context& context) { return nats_of(context, train, test); };
  EXPECT_NEAR(reached(last_characters(0)), 1.910, 0.015);
  EXPECT_NEAR(reached(last_characters(1)), 1.528, 0.015);
  // A model that sees the depth and the character before it.
  const auto depths_of_train = depths(train), depths_of_test = depths(test);
  EXPECT_NEAR(reached([&](const std::string& text, size_t at) {
                const auto& known = &text == &train ? depths_of_train : depths_of_test;
                return std::string(1, static_cast<char>('0' + known[at])) + text[at - 1];
              }),
              1.314, 0.015);
  for (const size_t count : {2, 4, 8}) EXPECT_GT(reached(last_characters(count)), floor + 0.1) << count;
}

TEST(Brackets, SayWhatCannotStandThere) {
  const auto error_of = [](const std::string& text) { return message_of<DataError>([&] { bracket_nats(text); }); };
  EXPECT_EQ(error_of("([)"), "brackets:1:3: ')' cannot stand here, expected an opening bracket or ']'");
  EXPECT_EQ(error_of(")("), "brackets:1:1: ')' cannot stand here, expected an opening bracket");
  EXPECT_EQ(error_of("() )"), "brackets:1:4: ')' cannot stand here, expected an opening bracket");
  EXPECT_EQ(error_of("()[]"), "brackets:1:3: '[' cannot stand here, expected a blank");
  EXPECT_EQ(error_of("((((((((("), "brackets:1:9: '(' cannot stand here, expected ')'");
  EXPECT_EQ(error_of("(a)"), "brackets:1:2: 'a' cannot stand here, expected an opening bracket or ')'");
  EXPECT_EQ(error_of("("), "brackets: 1 characters, expected 2 or more");
  EXPECT_EQ(message_of<ConfigError>([] { simulate_brackets(0, 1); }),
            "simulate_brackets: got 0 characters, expected 1 or more");
}

}  // namespace
}  // namespace recur::this_file
