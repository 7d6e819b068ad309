// Streams and windows: every token but the first of each stream is written once, right behind the one before.
#include <numeric>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/language/streams.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

std::vector<int64_t> numbers(int64_t count) {
  std::vector<int64_t> ids(static_cast<size_t>(count));
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

TEST(TokenStreams, AreThePartsOfTheSequenceOneBelowTheOther) {
  const auto cut = make_streams(numbers(11), 2, "train");
  EXPECT_TRUE(cut.tokens.equal(torch::tensor({{0, 1, 2, 3, 4}, {5, 6, 7, 8, 9}}, torch::kInt64)));
  EXPECT_EQ(cut.streams(), 2);
  EXPECT_EQ(cut.dropped, 1);
  EXPECT_EQ(cut.predictions(), 8);
  ASSERT_EQ(cut.windows(2), 2);
  EXPECT_TRUE(cut.window(0, 2).read.equal(torch::tensor({{0, 1}, {5, 6}}, torch::kInt64)));
  EXPECT_TRUE(cut.window(0, 2).written.equal(torch::tensor({{1, 2}, {6, 7}}, torch::kInt64)));
  EXPECT_TRUE(cut.window(1, 2).read.equal(torch::tensor({{2, 3}, {7, 8}}, torch::kInt64)));
  EXPECT_TRUE(cut.window(1, 2).written.equal(torch::tensor({{3, 4}, {8, 9}}, torch::kInt64)));
}

TEST(TokenStreams, TheLastWindowIsAsLongAsTheRest) {
  const auto cut = make_streams(numbers(12), 2, "train");  // 5 predictions each
  ASSERT_EQ(cut.windows(2), 3);
  EXPECT_TRUE(cut.window(2, 2).read.equal(torch::tensor({{4}, {10}}, torch::kInt64)));
  EXPECT_TRUE(cut.window(2, 2).written.equal(torch::tensor({{5}, {11}}, torch::kInt64)));
  EXPECT_EQ(cut.windows(5), 1);
  EXPECT_EQ(cut.windows(1000), 1);
  EXPECT_EQ(cut.window(0, 1000).read.size(1), 5);
}

TEST(TokenStreams, EveryTokenButTheFirstOfEachIsWrittenOnceBehindTheOneBefore) {
  for (const int64_t count : {6, 7, 8, 35, 36, 37, 100}) {
    for (const int64_t streams : {1, 2, 3}) {
      for (const int64_t steps : {1, 2, 5, 35}) {
        const auto cut = make_streams(numbers(count), streams, "train");
        std::vector<int64_t> written(static_cast<size_t>(count));
        torch::Tensor last = cut.tokens.narrow(1, 0, 1);
        for (int64_t k = 0; k < cut.windows(steps); ++k) {
          const auto window = cut.window(k, steps);
          ASSERT_GE(window.read.size(1), 1);
          ASSERT_TRUE((window.read + 1).equal(window.written));  // the ids are places in the sequence
          ASSERT_TRUE(window.read.narrow(1, 0, 1).equal(last));  // goes on where the window before ended
          last = window.written.narrow(1, window.written.size(1) - 1, 1);
          const auto all = window.written.flatten();
          for (int64_t i = 0; i < all.numel(); ++i) ++written[static_cast<size_t>(all[i].item<int64_t>())];
        }
        const int64_t length = count / streams;
        for (int64_t id = 0; id < count; ++id) {
          const bool is_first = id % length == 0, is_dropped = id >= streams * length;
          ASSERT_EQ(written[static_cast<size_t>(id)], is_first || is_dropped ? 0 : 1) << count << " " << streams;
        }
        ASSERT_EQ(cut.dropped, count % streams);
        ASSERT_EQ(cut.predictions(), streams * (length - 1));
      }
    }
  }
}

TEST(TokenStreams, OneStreamDropsNothing) {
  const auto cut = make_streams(numbers(82430), 1, "test");
  EXPECT_EQ(cut.dropped, 0);
  EXPECT_EQ(cut.predictions(), 82429);
  const auto last = cut.window(cut.windows(35) - 1, 35);
  EXPECT_EQ(last.written[0][-1].item<int64_t>(), 82429);
}

TEST(TokenStreams, KeepTheirTokensWhenTheIdsAreGone) {
  auto ids = numbers(6);
  const auto cut = make_streams(ids, 2, "train");
  ids.assign(6, 99);
  EXPECT_EQ(cut.tokens.max().item<int64_t>(), 5);
}

TEST(TokenStreams, SayWhatIsTooShort) {
  EXPECT_EQ(message_of<DataError>([] { make_streams(numbers(7), 4, "train"); }),
            "train: 7 tokens, but 4 parallel streams need 2 each: give more text, or lower trainer.batch_size");
  EXPECT_EQ(message_of<DataError>([] { make_streams(numbers(1), 1, "validation"); }),
            "validation: 1 tokens, but 1 parallel streams need 2 each: give more text, or lower trainer.batch_size");
  EXPECT_EQ(make_streams(numbers(8), 4, "train").windows(35), 1);
  EXPECT_EQ(message_of<ConfigError>([] { make_streams(numbers(7), 0, "train"); }),
            "make_streams: got 0 streams, expected 1 or more");
}

TEST(TokenStreams, RefuseWindowsThatAreNotThere) {
  const auto cut = make_streams(numbers(12), 2, "train");
  EXPECT_EQ(message_of<std::out_of_range>([&] { cut.window(3, 2); }), "window: got 3, expected 0 to 2");
  EXPECT_EQ(message_of<std::out_of_range>([&] { cut.window(-1, 2); }), "window: got -1, expected 0 to 2");
  EXPECT_EQ(message_of<std::out_of_range>([&] { cut.windows(0); }), "windows: got 0 steps, expected 1 or more");
}

}  // namespace
}  // namespace recur::this_file
