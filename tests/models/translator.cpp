// The translator against its parts written out, torch::nn::LSTM, and its own TorchScript.
#include "models/heads/translator.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/randint.h>
#include <torch/nn/modules/rnn.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/special_tokens.h"
#include "models/heads/translator_torchscript.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

constexpr int64_t kSource = 11, kTarget = 9, B = 4, S = 6, T = 5;

TranslatorOptions small(const std::string& source = "attention", const std::string& cell = "lstm", int64_t layers = 2,
                        bool bidirectional = true) {
  return {
      .encoder = {.embedding_size = 4,
                  .dropout = 0,
                  .recurrent = {.cell = cell, .hidden_size = 3, .num_layers = layers, .bidirectional = bidirectional}},
      .source = source,
      .decoder = {.embedding_size = 4,
                  .recurrent = {.cell = cell, .hidden_size = bidirectional ? 6 : 3, .num_layers = layers},
                  .attend = "before",
                  .attention_size = 5,
                  .output = "tanh",
                  .dropout = 0},
      .search = {.max_length = 8}};
}

Translator make_translator(const TranslatorOptions& options) {
  torch::manual_seed(5);
  Translator translator(kSource, options.share_embeddings ? kSource : kTarget, options);
  for (auto& parameter : translator->parameters()) {
    torch::NoGradGuard no_grad;
    parameter.mul_(2);  // so that what is written depends on what is read
  }
  translator->to(torch::kFloat64);
  translator->eval();
  return translator;
}

struct Sentences {
  Sentences() {
    torch::manual_seed(6);
    source = at::randint(2, kSource, {B, S}, torch::kInt64);
    read = at::randint(2, kTarget, {B, T}, torch::kInt64);
    read.select(1, 0).fill_(kBoundaryToken);
  }
  Tensor source, source_lengths = torch::tensor({4, 6, 1, 5});
  Tensor read, lengths = torch::tensor({5, 2, 3, 1});
};

const std::vector<std::string> kWays = {"initial_state", "last_state", "attention"};

TEST(Translator, SaysOfASentenceInABatchWhatItSaysOfItAlone) {
  torch::NoGradGuard no_grad;
  for (const auto& way : kWays) {
    for (const std::string bridge : {"linear", "copy"}) {
      for (const bool reverse : {false, true}) {
        auto options = small(way);
        options.bridge = bridge;
        options.encoder.reverse = reverse;
        auto translator = make_translator(options);
        const Sentences given;
        const auto decoded =
            translator->forward(translator->start(given.source, given.source_lengths), given.read, given.lengths);
        const auto logits = decoded.packing.unpack(decoded.logits).transpose(0, 1);
        for (int64_t b = 0; b < B; ++b) {
          const auto n = given.source_lengths[b].item<int64_t>(), t = given.lengths[b].item<int64_t>();
          const auto start =
              translator->start(given.source.narrow(0, b, 1).narrow(1, 0, n), given.source_lengths.narrow(0, b, 1));
          const auto alone = translator->forward(start, given.read.narrow(0, b, 1), given.lengths.narrow(0, b, 1));
          EXPECT_TRUE(logits[b].narrow(0, 0, t).allclose(alone.logits, 1e-12, 1e-12)) << way << bridge << reverse << b;
        }
        // What stands behind a source's end is never looked at.
        if (way != "attention") continue;
        const auto seen = decoded.packing.unpack(decoded.attention).sum(0);  // [B, S]
        const auto behind = at::arange(S).ge(given.source_lengths.unsqueeze(1));
        EXPECT_EQ(seen.masked_select(behind).abs().max().item<double>(), 0);
      }
    }
  }
}

// Sutskever et al. 2014: an LSTM whose last states start another one; both torch's, and the source reversed.
TEST(Translator, WithoutAttentionIsTwoOfTorchsLstms) {
  torch::NoGradGuard no_grad;
  auto options = small("initial_state", "lstm", 2, false);
  options.bridge = "copy";
  options.encoder.reverse = true;
  options.decoder.output = "plain";
  auto translator = make_translator(options);
  const Sentences given;
  const auto start = translator->start(given.source, given.source_lengths);
  const auto torchs = [](const RecurrentImpl& ours) {
    torch::nn::LSTM lstm(torch::nn::LSTMOptions(4, 3).num_layers(2).batch_first(true));
    lstm->to(torch::kFloat64);
    auto theirs = lstm->named_parameters();
    for (const auto& item : ours.named_parameters()) theirs[item.key()].copy_(item.value());
    return lstm;
  };
  auto reads = torchs(*translator->encoder->recurrent), writes = torchs(*translator->decoder->recurrent);
  const auto decoded = translator->forward(start, given.read, given.lengths);
  const auto logits = decoded.packing.unpack(decoded.logits).transpose(0, 1);
  for (int64_t b = 0; b < B; ++b) {
    const auto n = given.source_lengths[b].item<int64_t>(), t = given.lengths[b].item<int64_t>();
    const auto sentence = given.source[b].narrow(0, 0, n).flip(0).unsqueeze(0);
    const auto state = std::get<1>(reads->forward(translator->encoder->embedding->forward(sentence)));
    const auto y = translator->decoder->embedding->forward(given.read[b].narrow(0, 0, t).unsqueeze(0));
    const auto h = std::get<0>(writes->forward(y, state));
    EXPECT_TRUE(logits[b].narrow(0, 0, t).allclose(translator->decoder->readout->forward(h)[0], 1e-12, 1e-12)) << b;
  }
}

TEST(Translator, StartsAtTheEncodersEndByALinearMap) {
  torch::NoGradGuard no_grad;
  auto translator = make_translator(small("attention", "gru", 2));
  const Sentences given;
  const auto start = translator->start(given.source, given.source_lengths);
  const auto read = translator->encoder->forward(given.source, given.source_lengths);
  auto p = translator->named_parameters();
  for (int64_t b = 0; b < B; ++b) {
    const auto n = given.source_lengths[b].item<int64_t>();
    // Of the upper layer: the forward direction's last output, and the backward direction's first.
    const auto last = at::cat({read.output[b][n - 1].narrow(0, 0, 3), read.output[b][0].narrow(0, 3, 3)});
    const auto h = at::linear(last, p["initial_state.h.weight"], p["initial_state.h.bias"]).tanh().view({2, 6});
    EXPECT_TRUE(start.state[0].select(1, b).allclose(h, 1e-12, 1e-12));
  }
}

TEST(Translator, SeesTheEncodersLastStateAtEveryStep) {
  torch::NoGradGuard no_grad;
  auto translator = make_translator(small("last_state", "gru", 1));
  const Sentences given;
  const auto start = translator->start(given.source, given.source_lengths);
  const auto read = translator->encoder->forward(given.source, given.source_lengths);
  EXPECT_TRUE(start.memory->values.squeeze(1).equal(translator->encoder->last(read)));
  const auto next = translator->decoder->step(given.read.select(1, 0), start.state, start.memory);
  EXPECT_TRUE(next.attention.eq(1).all().item<bool>());
}

TEST(Encoder, ReversesEachSentenceWithinItsOwnLength) {
  const auto tokens = torch::tensor({{1, 2, 3, 0}, {4, 0, 0, 0}, {5, 6, 7, 8}});
  EXPECT_TRUE(
      reverse_each(tokens, torch::tensor({3, 1, 4})).equal(torch::tensor({{3, 2, 1, 0}, {4, 0, 0, 0}, {8, 7, 6, 5}})));
}

TEST(Translator, LearnsInEveryParameterAndSharesTokenVectors) {
  for (const auto& way : kWays) {
    for (const bool share : {false, true}) {
      auto options = small(way);
      options.share_embeddings = share;
      auto translator = make_translator(options);
      translator->train();
      const Sentences given;
      const TaughtSentences taught{.read = given.read, .written = given.read, .lengths = given.lengths};
      const auto decoded =
          translator->forward(translator->start(given.source, given.source_lengths), given.read, given.lengths);
      token_cross_entropy(decoded, taught, 0.1).backward();
      const auto parameters = translator->named_parameters();
      EXPECT_EQ(parameters.contains("encoder.embedding.weight"), !share);
      for (const auto& item : parameters) {
        // Of one place, the weight is 1 whatever is compared.
        if (way == "last_state" && item.key().starts_with("decoder.attention.")) continue;
        ASSERT_TRUE(item.value().grad().defined()) << way << " " << item.key();
        EXPECT_GT(item.value().grad().abs().max().item<double>(), 0) << way << " " << item.key();
      }
    }
  }
}

TEST(Translator, IsTheSameAsTorchScriptAndWritesTheSameBeams) {
  torch::NoGradGuard no_grad;
  for (const auto& way : kWays) {
    for (const std::string bridge : {"linear", "copy"}) {
      for (const std::string score : {"additive", "general", "dot"}) {
        auto options = small(way, "gru", 1);
        options.bridge = bridge;
        options.encoder.reverse = bridge == "copy";
        options.decoder.attention_score = score;
        options.decoder.tie_embeddings = score == "general";
        options.decoder.attend = score == "dot" ? "after" : "before";
        options.search.coverage_penalty = 0.4;
        auto translator = make_translator(options);
        auto script = translator_to_torchscript(*translator);
        const Sentences given;
        const auto start = translator->start(given.source, given.source_lengths);
        const auto decoded = translator->forward(start, given.read, torch::tensor({T, T, T, T}));
        const auto expected = decoded.packing.unpack(decoded.logits).transpose(0, 1);
        const auto logits = script.forward({given.source, given.source_lengths, given.read}).toTensor();
        EXPECT_TRUE(logits.allclose(expected, 1e-12, 1e-12)) << way << bridge << score;
        for (const int64_t width : {1, 4}) {
          options.search.beam_width = width;
          const auto all = best_of_search(decoding_of(*translator->decoder, start, options.search), options.search);
          for (int64_t b = 0; b < B; ++b) {
            const auto n = given.source_lengths[b].item<int64_t>();
            const auto written =
                script.get_method("write")({given.source.narrow(0, b, 1).narrow(1, 0, n), width}).toTuple();
            EXPECT_EQ(written->elements()[0].toIntVector(), all[b].tokens) << way << bridge << score << width << b;
            EXPECT_NEAR(written->elements()[1].toDouble(), all[b].log_probability, 1e-9);
          }
        }
      }
    }
  }
}

TEST(Translator, CountsWhatABeamHasSeenButForPadding) {
  torch::NoGradGuard no_grad;
  auto options = small("attention", "gru", 1);
  options.search = {.beam_width = 3, .coverage_penalty = 0.5, .max_length = 6};
  auto translator = make_translator(options);
  const Sentences given;
  const auto start = translator->start(given.source, given.source_lengths);
  const auto beams = beam_search(translator->decoding(start), options.search);
  for (int64_t b = 0; b < B; ++b) {
    const auto n = given.source_lengths[b].item<int64_t>();
    for (const auto& hypothesis : beams[b]) {
      std::vector<int64_t> read = hypothesis.tokens;
      read.insert(read.begin(), kBoundaryToken);
      if (!hypothesis.ended) read.pop_back();
      const auto tokens = torch::tensor(read).unsqueeze(0);
      const auto alone = translator->forward(start.select(torch::tensor({b})), tokens, torch::tensor({tokens.size(1)}));
      const auto seen = alone.attention.sum(0).narrow(0, 0, n).clamp_max(1);
      EXPECT_NEAR(hypothesis.coverage, seen.log().sum().item<double>(), 1e-9) << b;
    }
  }
}

TEST(Translator, NamesWhatDoesNotFit) {
  auto options = small();
  options.share_embeddings = true;
  EXPECT_THROW(Translator(kSource, kTarget, options), ConfigError);
}

}  // namespace
}  // namespace recur::this_file
