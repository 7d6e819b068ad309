// The language model against torch::nn::LSTM, and against its own TorchScript.
#include "models/heads/language_model.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randint.h>
#include <torch/nn/modules/rnn.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/special_tokens.h"
#include "models/heads/language_model_torchscript.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

constexpr int64_t V = 9, B = 3, T = 12;

LanguageModel make_model(const LanguageModelOptions& options) {
  torch::manual_seed(4);
  LanguageModel model(V, options);
  model->to(torch::kFloat64);
  model->eval();
  return model;
}

LanguageModelOptions small(const std::string& cell = "lstm", bool tie = false) {
  return {.embedding_size = 4, .recurrent = {.cell = cell, .hidden_size = 5, .num_layers = 2}, .tie_embeddings = tie};
}

Tensor some_tokens() {
  torch::manual_seed(5);
  return at::randint(2, V, {B, T}, torch::kInt64);
}

TEST(LanguageModel, IsTorchsLstmWithAReadout) {
  torch::NoGradGuard no_grad;
  for (const bool tie : {false, true}) {
    auto model = make_model(small("lstm", tie));
    torch::nn::LSTM lstm(torch::nn::LSTMOptions(4, 5).num_layers(2).batch_first(true));
    lstm->to(torch::kFloat64);
    auto theirs = lstm->named_parameters();
    for (const auto& item : model->decoder->recurrent->named_parameters()) theirs[item.key()].copy_(item.value());
    auto p = model->named_parameters();
    const auto h = std::get<0>(
        lstm->forward(p["decoder.embedding.weight"].index_select(0, some_tokens().flatten()).view({B, T, 4})));
    const auto expected = tie ? at::linear(at::linear(h, p["decoder.combine.weight"], p["decoder.combine.bias"]).tanh(),
                                           p["decoder.embedding.weight"], p["decoder.readout_bias"])
                              : at::linear(h, p["decoder.readout.weight"], p["decoder.readout.bias"]);
    EXPECT_TRUE(model->forward(some_tokens(), model->begin(B)).logits.allclose(expected, 1e-12, 1e-12)) << tie;
  }
}

TEST(LanguageModel, GoesOnWhereAWindowEnded) {
  torch::NoGradGuard no_grad;
  for (const std::string cell : {"lstm", "gru", "rnn"}) {
    auto model = make_model(small(cell));
    const auto whole = model->forward(some_tokens(), model->begin(B));
    const auto first = model->forward(some_tokens().narrow(1, 0, 7), model->begin(B));
    const auto second = model->forward(some_tokens().narrow(1, 7, 5), first.state);
    EXPECT_TRUE(at::cat({first.logits, second.logits}, 1).allclose(whole.logits, 1e-12, 1e-12)) << cell;
    EXPECT_TRUE(second.state[0].allclose(whole.state[0], 1e-12, 1e-12)) << cell;
  }
}

TEST(LanguageModel, GoesOnWithAPromptAndWritesNeitherPaddingNorUnknown) {
  torch::NoGradGuard no_grad;
  auto model = make_model(small());
  model->decoder->readout->bias.narrow(0, 0, 2).fill_(50);  // which it would love to
  const std::vector<int64_t> prompt{3, 7, 2, 5};
  std::vector<int64_t> told;
  auto decoding = model->decoding(prompt);
  decoding.written = [&](int64_t, int64_t token) {
    told.push_back(token);
    return true;
  };
  const auto written = greedy_search(std::move(decoding), 10).front();
  EXPECT_EQ(written.tokens, told);
  ASSERT_EQ(written.tokens.size(), 10U);
  EXPECT_FALSE(written.ended);
  // The same by reading everything anew for each token.
  auto text = prompt;
  for (const int64_t token : written.tokens) {
    auto scores = model->forward(torch::tensor(text).unsqueeze(0), model->begin(1)).logits[0][-1];
    scores.narrow(0, 0, 2).fill_(-1e9);
    EXPECT_EQ(token, scores.argmax().item<int64_t>());
    text.push_back(token);
  }
  auto stopped = model->decoding(prompt);
  stopped.written = [](int64_t, int64_t) { return false; };
  EXPECT_EQ(greedy_search(std::move(stopped), 10).front().tokens.size(), 1U);
  EXPECT_THROW(model->decoding({}), ShapeError);
}

TEST(LanguageModel, IsTheSameAsTorchScript) {
  torch::NoGradGuard no_grad;
  for (const bool tie : {false, true}) {
    for (const std::string cell : {"lstm", "gru"}) {
      auto model = make_model(small(cell, tie));
      auto script = language_model_to_torchscript(*model);
      c10::IValue state = script.get_method("begin")({B});
      const auto expected = model->forward(some_tokens(), model->begin(B));
      const auto theirs = script.forward({some_tokens(), state}).toTuple();
      EXPECT_TRUE(theirs->elements()[0].toTensor().allclose(expected.logits, 1e-12, 1e-12));
      EXPECT_TRUE(theirs->elements()[1].toTensorVector()[0].allclose(expected.state[0], 1e-12, 1e-12));
      const c10::List<int64_t> prompt({3, 7, 2});
      const auto written = script.get_method("continue_from")({prompt, 9, 0.0}).toIntVector();
      EXPECT_EQ(written, greedy_search(model->decoding({3, 7, 2}), 9).front().tokens);
      torch::manual_seed(1);
      for (const int64_t token : script.get_method("continue_from")({prompt, 50, 3.0}).toIntVector()) {
        EXPECT_GT(token, kUnknownToken);
      }
    }
  }
}

TEST(LanguageModel, StartsInTheRangeThatIsAskedFor) {
  auto options = small();
  options.initial_range = 0.01;
  for (const auto& parameter : make_model(options)->parameters()) {
    EXPECT_LE(parameter.abs().max().item<double>(), 0.01);
    EXPECT_GT(parameter.abs().max().item<double>(), 0.005);
  }
}

}  // namespace
}  // namespace recur::this_file
