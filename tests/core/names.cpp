#include "core/names.h"

#include <gtest/gtest.h>

namespace recur::this_file {
namespace {

const std::vector<std::string> kKnown = {"rnn", "lstm", "gru", "peephole_lstm", "learning_rate"};

TEST(NearestName, ForgivesASlipOfTheFinger) {
  EXPECT_EQ(nearest_name("lstmm", kKnown), "lstm");                  // one too many
  EXPECT_EQ(nearest_name("lst", kKnown), "lstm");                    // one too few
  EXPECT_EQ(nearest_name("lstn", kKnown), "lstm");                   // a wrong one
  EXPECT_EQ(nearest_name("lsmt", kKnown), "lstm");                   // neighbours swapped
  EXPECT_EQ(nearest_name("LSTM", kKnown), "lstm");                   // upper case
  EXPECT_EQ(nearest_name("gur", kKnown), "gru");                     // a short name
  EXPECT_EQ(nearest_name("learnign_rat", kKnown), "learning_rate");  // two slips in a long name
}

TEST(NearestName, IsEmptyIfNoneIsNear) {
  EXPECT_EQ(nearest_name("transformer", kKnown), "");
  EXPECT_EQ(nearest_name("", kKnown), "");
  EXPECT_EQ(nearest_name("x", {"y"}), "");
  EXPECT_EQ(nearest_name("lstm", {}), "");
  EXPECT_EQ(nearest_name(std::string(1000000, 'x'), kKnown), "");
}

TEST(NearestName, TakesTheNearestThenTheFirst) {
  EXPECT_EQ(nearest_name("steps", {"step", "steep", "steps_"}), "step");
  EXPECT_EQ(nearest_name("abcdef", {"abcdxx", "abcdex"}), "abcdex");
}

TEST(DidYouMean, EndsAMessage) {
  EXPECT_EQ(did_you_mean("lsmt", kKnown), "; did you mean \"lstm\"?");
  EXPECT_EQ(did_you_mean("transformer", kKnown), "");
}

}  // namespace
}  // namespace recur::this_file
