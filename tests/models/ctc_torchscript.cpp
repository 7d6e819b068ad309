// CTC's searches in TorchScript against those in C++.
#include "models/search/ctc_torchscript.h"

#include <sstream>

#include <ATen/ATen.h>
#include <torch/csrc/jit/serialization/import.h>

#include <gtest/gtest.h>

namespace recur::this_file {
namespace {

using torch::Tensor;

/// Written to a file and read again.
torch::jit::Module exported(const CtcSearchOptions& options) {
  torch::jit::Module module("Ctc");
  define_ctc_search(module, options);
  std::stringstream file;
  module.save(file);
  return torch::jit::load(file);
}

Tensor random_frames(int64_t T, int64_t V, int64_t seed) {
  torch::manual_seed(seed);
  return at::log_softmax(2 * at::randn({T, V}), 1);
}

void expect_equal(torch::jit::Module& module, const Tensor& frames, CtcSearchOptions options) {
  EXPECT_EQ(module.get_method("ctc_greedy")({frames}).toIntVector(), ctc_greedy(frames).tokens);
  for (const int64_t beam_width : {0, 1, 2, 5, 16}) {
    options.beam_width = beam_width;
    const auto ours = ctc_beam_search(frames, options).front();
    const auto theirs = module.get_method("ctc_beam_search")({frames, beam_width}).toTuple();
    EXPECT_EQ(theirs->elements()[0].toIntVector(), ours.tokens) << beam_width;
    EXPECT_EQ(theirs->elements()[1].toDouble(), ours.log_probability) << beam_width;
  }
}

TEST(CtcTorchScript, IsTheSearchInCpp) {
  for (int64_t seed = 0; seed < 12; ++seed) {
    const CtcSearchOptions options{.tokens_kept = seed % 4, .length_bonus = static_cast<double>(seed % 3) / 3};
    auto module = exported(options);
    expect_equal(module, random_frames(30, 7, seed), options);
    expect_equal(module, random_frames(12, 3, seed).to(torch::kFloat64), options);
  }
}

TEST(CtcTorchScript, BreaksTiesAlike) {
  auto module = exported({});
  expect_equal(module, at::full({12, 5}, std::log(.2)), {});
  for (int64_t seed = 0; seed < 10; ++seed) expect_equal(module, random_frames(15, 4, seed).round(), {});
}

TEST(CtcTorchScript, TakesNumbersThatAreNoneForImpossible) {
  auto module = exported({});
  auto frames = random_frames(15, 4, 1);
  frames[3].fill_(std::nan(""));
  expect_equal(module, frames, {});
  frames[3][2] = -0.5;
  frames[5][1] = std::numeric_limits<double>::infinity();
  frames[6][1] = -std::numeric_limits<double>::infinity();
  expect_equal(module, frames, {});
  expect_equal(module, frames.narrow(0, 0, 0), {});
}

TEST(CtcTorchScript, HasOptionsThatAUserMayChange) {
  auto module = exported({});
  module.setattr("ctc_length_bonus", 1.5);
  module.setattr("ctc_tokens_kept", 2);
  expect_equal(module, random_frames(20, 6, 1), {.tokens_kept = 2, .length_bonus = 1.5});
}

}  // namespace
}  // namespace recur::this_file
