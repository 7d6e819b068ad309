#include "datasets/image/image_loader.h"

#include <atomic>
#include <future>
#include <stdexcept>
#include <vector>

#include <ATen/ops/full.h>

#include <gtest/gtest.h>

#include "core/error.h"

namespace recur::this_file {
namespace {

constexpr int64_t kBytes = 10 * 10 * 3;  // of a prepared image

const ImageTransform kTransform({.size = 8, .resize = 10});

torch::Tensor grey(int64_t level) {
  return at::full({20, 20, 3}, level, torch::kUInt8);
}

TEST(ImageLoader, ReadsOnceWhatFitsIntoMemoryAndTheRestEachTime) {
  std::vector<int> reads(5, 0);
  ImageLoader loader(
      [&](int64_t index) {
        ++reads.at(static_cast<size_t>(index));
        return grey(index);
      },
      kTransform, 5, 3 * kBytes + kBytes / 2);
  for (int round = 0; round < 4; ++round) {
    for (int64_t index = 0; index < 5; ++index) {
      EXPECT_TRUE(loader.prepared(index).equal(at::full({10, 10, 3}, index, torch::kUInt8)));
    }
  }
  EXPECT_EQ(reads, (std::vector<int>{1, 1, 1, 4, 4}));
}

TEST(ImageLoader, PassesErrorsOnAndKeepsNothingOfThem) {
  bool broken = true;
  ImageLoader loader(
      [&](int64_t index) {
        if (broken) throw DataError({"a.jpg"}, "truncated");
        return grey(index);
      },
      kTransform, 2, 100 * kBytes);
  EXPECT_THROW(loader.prepared(1), DataError);
  broken = false;
  EXPECT_EQ(loader.prepared(1)[0][0][0].item<int>(), 1);
  EXPECT_THROW(loader.prepared(2), std::out_of_range);
  EXPECT_THROW(loader.prepared(-1), std::out_of_range);
}

TEST(ImageLoader, ServesSeveralThreads) {
  std::atomic<int> reads = 0;
  ImageLoader loader(
      [&](int64_t index) {
        ++reads;
        return grey(index);
      },
      kTransform, 50, 20 * kBytes);
  std::vector<std::future<bool>> workers;
  for (int worker = 0; worker < 4; ++worker) {
    workers.push_back(std::async(std::launch::async, [&] {
      bool right = true;
      for (int64_t k = 0; k < 500; ++k) right &= loader.prepared(k % 50)[9][9][2].item<int64_t>() == k % 50;
      return right;
    }));
  }
  for (auto& worker : workers) EXPECT_TRUE(worker.get());
  EXPECT_LE(reads, 4 * 20 + 4 * 10 * 30);
}

}  // namespace
}  // namespace recur::this_file
