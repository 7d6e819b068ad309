#include "trainers/config_difference.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace recur::this_file {
namespace {

TEST(ConfigDifference, NamesEachValueWithItsFullKey) {
  const std::string before =
      "name: a\ntrainer:\n  epochs: 3\n  optimizer: {name: sgd, learning_rate: 0.1}\nsizes: [1, 2]\n";
  const std::string after =
      "# a remark\nsizes: [1, 3]\nname: a\ntrainer:\n  optimizer:\n    name: adam\n    learning_rate: 0.1\n  epochs: "
      "3\n  clip_norm: 1.0\n";
  EXPECT_EQ(config_difference(before, after),
            "- sizes: [1, 2]\n+ sizes: [1, 3]\n"
            "+ trainer.clip_norm: 1.0\n"
            "- trainer.optimizer.name: sgd\n+ trainer.optimizer.name: adam\n");
  EXPECT_EQ(config_difference(after, after), "");
}

TEST(ConfigDifference, IsEmptyForAnotherLayout) {
  EXPECT_EQ(config_difference("a: {b: 1, c: [x, y]}", "a:\n  c:\n  - x\n  - y\n  b: 1\n"), "");
  EXPECT_EQ(config_difference("", ""), "");
}

TEST(ConfigDifference, RefusesWhatIsNoYaml) {
  EXPECT_THROW(config_difference("a: [", "a: 1"), ConfigError);
}

}  // namespace
}  // namespace recur::this_file
