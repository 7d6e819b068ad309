// Both kinds of transcriber: their losses against torch's, utterances alone, and against their exports.
#include "models/heads/transcriber.h"

#include <cmath>
#include <sstream>

#include <ATen/ops/randn.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/nn/modules/loss.h>
#include <torch/optim/adam.h>

#include <gtest/gtest.h>

#include "models/heads/attention_transcriber.h"
#include "models/heads/ctc_transcriber.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

constexpr int64_t D = 4, V = 7;

TranscriberOptions options_of(const std::string& writes) {
  return {.encoder = {.convolution = {.layers = 1, .channels = 6, .kernel = 3, .stride = 2},
                      .recurrent = {.cell = "gru", .hidden_size = 8, .num_layers = 1, .bidirectional = true}},
          .writes = writes,
          .decoder = {.embedding_size = 5,
                      .recurrent = {.cell = "gru", .hidden_size = 9},
                      .attend = "before",
                      .attention_size = 6,
                      .dropout = 0},
          .search = {.max_length = 12}};
}

std::shared_ptr<Transcriber> make(const std::string& writes) {
  torch::manual_seed(3);
  auto transcriber = make_transcriber(D, V, options_of(writes));
  transcriber->eval();
  return transcriber;
}

struct Example {
  FrameBatch batch{.frames = at::randn({3, 16, D}), .lengths = torch::tensor({16, 9, 12})};
  TokenTargets targets{.tokens = torch::tensor({{2, 3, 3, 4}, {5, 2, 0, 0}, {6, 6, 2, 0}}),
                       .lengths = torch::tensor({4, 2, 3})};

  FrameBatch alone(int64_t b) const {
    const auto T = batch.lengths[b].item<int64_t>();
    return {batch.frames.narrow(0, b, 1).narrow(1, 0, T), torch::tensor({T})};
  }
  TokenTargets target(int64_t b) const {
    const auto L = targets.lengths[b].item<int64_t>();
    return {targets.tokens.narrow(0, b, 1).narrow(1, 0, L), torch::tensor({L})};
  }
};

class TranscriberOf : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Kinds, TranscriberOf, testing::Values("ctc", "attention"));

TEST_P(TranscriberOf, HearsAnUtteranceTheSameAloneAndInABatch) {
  torch::manual_seed(1);
  const Example example;
  auto transcriber = make(GetParam());
  torch::NoGradGuard no_grad;
  const auto together = transcriber->negative_log_likelihood(example.batch, example.targets);
  const auto written = transcriber->transcribe(example.batch, 4);
  for (int64_t b = 0; b < 3; ++b) {
    const auto alone = transcriber->negative_log_likelihood(example.alone(b), example.target(b));
    EXPECT_NEAR(together[b].item<double>(), alone.item<double>(), 1e-4) << b;
    const auto best = transcriber->transcribe(example.alone(b), 4).front().front();
    EXPECT_EQ(best.tokens, written[b].front().tokens) << b;
    EXPECT_NEAR(best.log_probability, written[b].front().log_probability, 1e-4) << b;
  }
}

TEST_P(TranscriberOf, LearnsThreeUtterancesByHeart) {
  torch::manual_seed(2);
  const Example example;
  auto transcriber = make(GetParam());
  transcriber->train();
  torch::optim::Adam optimizer(transcriber->parameters(), torch::optim::AdamOptions(0.02));
  for (int step = 0; step < 150; ++step) {
    optimizer.zero_grad();
    transcriber->loss(example.batch, example.targets, 0).backward();
    optimizer.step();
  }
  transcriber->eval();
  torch::NoGradGuard no_grad;
  EXPECT_LT(transcriber->loss(example.batch, example.targets, 0).item<double>(), 0.05);
  for (const int64_t beam_width : {1, 3}) {
    const auto written = transcriber->transcribe(example.batch, beam_width);
    EXPECT_EQ(written[0].front().tokens, (std::vector<int64_t>{2, 3, 3, 4}));
    EXPECT_EQ(written[1].front().tokens, (std::vector<int64_t>{5, 2}));
    EXPECT_EQ(written[2].front().tokens, (std::vector<int64_t>{6, 6, 2}));
  }
}

TEST_P(TranscriberOf, IsItsOwnExport) {
  torch::manual_seed(4);
  const Example example;
  auto transcriber = make(GetParam());
  std::stringstream file;
  transcriber->to_torchscript().save(file);
  auto loaded = torch::jit::load(file);
  torch::NoGradGuard no_grad;
  for (int64_t b = 0; b < 3; ++b) {
    const auto alone = example.alone(b);
    for (const int64_t beam_width : {1, 4}) {
      const auto ours = transcriber->transcribe(alone, beam_width).front().front();
      const auto theirs = loaded.get_method("write")({alone.frames, beam_width}).toTuple();
      EXPECT_EQ(theirs->elements()[0].toIntVector(), ours.tokens) << b;
      EXPECT_NEAR(theirs->elements()[1].toDouble(), ours.log_probability, 1e-4) << b;
    }
  }
}

TEST(CtcTranscriber, HasTorchsLoss) {
  torch::manual_seed(5);
  const Example example;
  auto transcriber = make("ctc");
  auto& ctc = dynamic_cast<CtcTranscriber&>(*transcriber);
  const auto said = ctc.forward(example.batch);
  torch::nn::CTCLoss theirs(torch::nn::CTCLossOptions().blank(0));
  const auto expected = theirs->forward(said.log_probabilities.transpose(0, 1), example.targets.tokens, said.lengths,
                                        example.targets.lengths);
  EXPECT_FLOAT_EQ(transcriber->loss(example.batch, example.targets, 0).item<float>(), expected.item<float>());
}

TEST(CtcTranscriber, SaysWhereEachTokenStands) {
  torch::manual_seed(6);
  const Example example;
  auto transcriber = make("ctc");
  torch::NoGradGuard no_grad;
  const auto written = transcriber->transcribe(example.batch, 1);
  for (int64_t b = 0; b < 3; ++b) {
    const auto& best = written[b].front();
    ASSERT_EQ(best.spans.size(), best.tokens.size());
    int64_t end = 0;
    for (size_t k = 0; k < best.spans.size(); ++k) {
      EXPECT_EQ(best.spans[k].token, best.tokens[k]);
      EXPECT_GE(best.spans[k].begin, end);
      EXPECT_GT(best.spans[k].end, best.spans[k].begin);
      end = best.spans[k].end;
    }
    EXPECT_LE(end, transcriber->listener()->steps(example.batch.lengths[b].item<int64_t>()));
  }
}

TEST(CtcTranscriber, KnowsWhatIsTooShort) {
  auto transcriber = make("ctc");  // two frames a step
  EXPECT_TRUE(transcriber->fits(6, {2, 3, 4}));
  EXPECT_FALSE(transcriber->fits(4, {2, 3, 4}));
  EXPECT_FALSE(transcriber->fits(6, {2, 3, 3}));  // a blank must stand between the two
  EXPECT_TRUE(transcriber->fits(7, {2, 3, 3}));
  const Example example;
  torch::NoGradGuard no_grad;
  const auto loss = transcriber->negative_log_likelihood(
      {example.batch.frames.narrow(1, 0, 4), torch::tensor({4, 4, 4})}, example.targets);
  EXPECT_TRUE(std::isinf(loss[0].item<double>()));
  EXPECT_FALSE(std::isinf(loss[1].item<double>()));
}

}  // namespace
}  // namespace recur::this_file
