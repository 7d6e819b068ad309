// The text classifier against torch::nn, sequence by sequence, and against its own export.
#include <sstream>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randint.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/nn/modules/rnn.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/special_tokens.h"
#include "models/heads/classifier_torchscript.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

constexpr int64_t V = 17, C = 3;

ClassifierOptions options_with(std::vector<std::string> pooling, bool bidirectional = true) {
  return {.embedding_size = 5,
          .recurrent = {.cell = "lstm", .hidden_size = 4, .num_layers = 2, .bidirectional = bidirectional},
          .pooling = std::move(pooling)};
}

Classifier make_classifier(const ClassifierOptions& options) {
  torch::manual_seed(3);
  Classifier classifier(V, C, options);
  classifier->to(torch::kFloat64);
  classifier->eval();
  return classifier;
}

struct Ragged {
  Tensor tokens = at::randint(2, V, {4, 6}, torch::kInt64);
  Tensor lengths = torch::tensor({3, 6, 1, 4});

  Ragged() {
    for (int64_t b = 0; b < 4; ++b) tokens[b].slice(0, lengths[b].item<int64_t>()).fill_(0);
  }
};

std::vector<std::vector<std::string>> poolings() {
  return {{"last"}, {"mean"}, {"max"}, {"attention"}, {"max", "mean"}, {"attention", "last", "max", "mean"}};
}

TEST(Classifier, SaysOfASequenceInABatchWhatItSaysOfItAlone) {
  const Ragged batch;
  for (const auto& pooling : poolings()) {
    auto classifier = make_classifier(options_with(pooling));
    const auto together = classifier->forward(batch.tokens, batch.lengths);
    for (int64_t b = 0; b < 4; ++b) {
      const int64_t n = batch.lengths[b].item<int64_t>();
      const auto alone = classifier->forward(batch.tokens.narrow(0, b, 1).narrow(1, 0, n), torch::tensor({n}));
      EXPECT_TRUE(together.logits[b].allclose(alone.logits[0], 1e-12, 1e-12)) << pooling.front() << " " << b;
      if (!together.attention.defined()) continue;
      EXPECT_NEAR(together.attention[b].sum().item<double>(), 1, 1e-12);
      EXPECT_EQ(together.attention[b].slice(0, n).count_nonzero().item<int64_t>(), 0);
    }
  }
}

// Each way to pool by its definition, over the outputs of torch::nn::LSTM with the same weights.
TEST(Classifier, PoolsWhatTorchsLstmPutsOut) {
  const Ragged batch;
  for (const bool both : {false, true}) {
    auto classifier = make_classifier(options_with({"last", "mean", "max", "attention"}, both));
    torch::nn::LSTM lstm(torch::nn::LSTMOptions(5, 4).num_layers(2).bidirectional(both).batch_first(true));
    lstm->to(torch::kFloat64);
    torch::NoGradGuard no_grad;
    auto theirs = lstm->named_parameters();
    for (const auto& ours : classifier->recurrent->named_parameters()) theirs[ours.key()].copy_(ours.value());
    const auto got = classifier->forward(batch.tokens, batch.lengths);
    for (int64_t b = 0; b < 4; ++b) {
      const int64_t n = batch.lengths[b].item<int64_t>();
      const auto x = classifier->embedding->weight.index_select(0, batch.tokens[b].narrow(0, 0, n)).unsqueeze(0);
      const auto [output, state] = lstm->forward(x);
      const auto h = output[0];  // [n, S*H]
      const auto last = both ? at::cat({h[n - 1].narrow(0, 0, 4), h[0].narrow(0, 4, 4)}) : h[n - 1];
      const auto scores = classifier->pooling->score->forward(classifier->pooling->attention->forward(h).tanh());
      const auto a = scores.softmax(0);  // [n, 1]
      const auto vector = at::cat({last, h.mean(0), std::get<0>(h.max(0)), (a * h).sum(0)});
      EXPECT_TRUE(got.logits[b].allclose(classifier->readout->forward(vector), 1e-10, 1e-12)) << both << " " << b;
      EXPECT_TRUE(got.attention[b].narrow(0, 0, n).allclose(a.squeeze(1), 1e-10, 1e-12));
    }
  }
}

TEST(Classifier, IsEqualToItsTorchScript) {
  const Ragged batch;
  for (const std::string cell : {"lstm", "gru", "rnn"}) {
    for (const auto& pooling : poolings()) {
      for (const bool both : {false, true}) {
        auto options = options_with(pooling, both);
        options.recurrent.cell = cell;
        auto classifier = make_classifier(options);
        std::stringstream file;
        classifier_to_torchscript(*classifier).save(file);
        auto loaded = torch::jit::load(file);
        const auto got = loaded.forward({batch.tokens, batch.lengths}).toTensor();
        EXPECT_TRUE(got.allclose(classifier->forward(batch.tokens, batch.lengths).logits, 1e-10, 1e-12))
            << cell << " " << pooling.front() << " " << both;
        const auto full = torch::full({4}, 6, torch::kInt64);
        EXPECT_TRUE(loaded.forward({batch.tokens})
                        .toTensor()
                        .allclose(classifier->forward(batch.tokens, full).logits, 1e-10, 1e-12));
      }
    }
  }
}

TEST(Classifier, PutsTheUnknownTokenInByWordDropout) {
  const Ragged batch;
  auto options = options_with({"mean"});
  options.word_dropout = 0.999999;
  auto classifier = make_classifier(options);
  const auto unknown = batch.tokens.masked_fill(batch.tokens.ne(0), kUnknownToken);
  const auto expected = classifier->forward(unknown, batch.lengths).logits;
  EXPECT_FALSE(classifier->forward(batch.tokens, batch.lengths).logits.allclose(expected));
  classifier->train();
  EXPECT_TRUE(classifier->forward(batch.tokens, batch.lengths).logits.allclose(expected));
}

TEST(Classifier, DropsNothingOutOfTraining) {
  const Ragged batch;
  auto options = options_with({"attention"});
  const auto plain = make_classifier(options)->forward(batch.tokens, batch.lengths).logits;
  options.word_dropout = options.embedding_dropout = options.dropout = 0.5;
  options.recurrent.dropout = options.recurrent.weight_dropout = 0.5;
  for (const bool variational : {false, true}) {
    options.recurrent.variational_dropout = variational;
    auto classifier = make_classifier(options);
    EXPECT_TRUE(classifier->forward(batch.tokens, batch.lengths).logits.equal(plain));
    classifier->train();
    EXPECT_FALSE(classifier->forward(batch.tokens, batch.lengths).logits.allclose(plain));
  }
}

TEST(Classifier, NamesShapesThatDoNotFit) {
  auto classifier = make_classifier(options_with({"last"}));
  EXPECT_THROW(classifier->forward(torch::ones({3}, torch::kInt64), torch::tensor({3})), ShapeError);
  EXPECT_THROW(classifier->forward(torch::ones({2, 3}, torch::kInt64), torch::tensor({3})), ShapeError);
}

}  // namespace
}  // namespace recur::this_file
