// The captioner: its loss by its definition, its searches by its own scores, and its export.
#include <cmath>
#include <sstream>

#include <ATen/ops/arange.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <torch/csrc/jit/serialization/import.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/special_tokens.h"
#include "models/heads/captioner_torchscript.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

constexpr int64_t V = 11, B = 3;

CaptionerOptions small(const std::string& image, const std::string& cell = "lstm") {
  return {.encoder = {.channels = {4, 6}, .blocks = {1, 1}},
          .image = image,
          .decoder = {.embedding_size = 5,
                      .embedding_std = 1,
                      .recurrent = {.cell = cell, .hidden_size = 7, .num_layers = 2},
                      .attention_size = 6},
          .search = {.max_length = 8}};
}

const std::vector<std::string> kWays = {"first_input", "initial_state", "attention"};

/// Weights large enough for captions that differ from image to image.
Captioner make_captioner(const CaptionerOptions& options, int64_t seed = 7) {
  torch::manual_seed(seed);
  Captioner captioner(V, options);
  torch::NoGradGuard no_grad;
  for (auto& item : captioner->named_parameters()) {
    if (item.key().starts_with("encoder")) continue;
    item.value().mul_(item.key().starts_with("i") ? 30 : 3);  // image_input, initial_h, initial_c
  }
  captioner->to(torch::kFloat64);
  captioner->eval();
  return captioner;
}

/// Noise, and more of it from image to image: a random network sees no other difference.
Tensor images() {
  torch::manual_seed(2);
  return at::randn({B, 3, 16, 16}, torch::kFloat64) *
         torch::tensor({0.1, 1.0, 8.0}, torch::kFloat64).view({B, 1, 1, 1});
}

/// A caption's tokens as a decoder is taught by them; a cut-off one without its end.
TaughtSentences taught(const Hypothesis& hypothesis) {
  std::vector<int64_t> read = {kBoundaryToken}, written = hypothesis.tokens;
  read.insert(read.end(), hypothesis.tokens.begin(), hypothesis.tokens.end());
  if (hypothesis.ended) {
    written.push_back(kBoundaryToken);
  } else {
    read.pop_back();
  }
  return {.read = torch::tensor(read).unsqueeze(0),
          .written = torch::tensor(written).unsqueeze(0),
          .lengths = torch::tensor({static_cast<int64_t>(read.size())})};
}

TEST(Captioner, OfABeamTheScoreIsItsOwnTeacherForcedOne) {
  torch::NoGradGuard no_grad;
  for (const auto& way : kWays) {
    for (const std::string cell : {"lstm", "gru"}) {
      auto captioner = make_captioner(small(way, cell));
      const auto start = captioner->start(captioner->encode(images()));
      const auto beams = beam_search(captioner->decoding(start), {.beam_width = 4, .max_length = 8});
      for (int64_t b = 0; b < B; ++b) {
        const auto own = start.select(torch::tensor({b}));
        for (const auto& hypothesis : beams[b]) {
          const auto tokens = taught(hypothesis);
          const auto decoded = captioner->forward(own, tokens.read, tokens.lengths);
          EXPECT_NEAR(sentence_log_probabilities(decoded, tokens).item<double>(), hypothesis.log_probability, 1e-9)
              << way << " " << cell;
        }
      }
    }
  }
}

TEST(Captioner, SaysOfAnImageInABatchWhatItSaysOfItAlone) {
  torch::NoGradGuard no_grad;
  for (const auto& way : kWays) {
    auto captioner = make_captioner(small(way));
    const auto all = greedy_search(captioner->decoding(captioner->start(captioner->encode(images()))), 8);
    for (int64_t b = 0; b < B; ++b) {
      const auto start = captioner->start(captioner->encode(images().narrow(0, b, 1)));
      const auto alone = greedy_search(captioner->decoding(start), 8)[0];
      EXPECT_EQ(alone.tokens, all[b].tokens) << way;
      EXPECT_NEAR(alone.log_probability, all[b].log_probability, 1e-9) << way;
    }
    EXPECT_GT(std::abs(all[0].log_probability - all[2].log_probability), 1e-3)
        << way << ": the test needs captions that depend on the image";
  }
}

TEST(Captioner, LossIsTheCrossEntropyAndWithAttentionTheDoublyStochasticTerm) {
  torch::NoGradGuard no_grad;
  for (const auto& way : kWays) {
    auto captioner = make_captioner(small(way));
    const auto features = captioner->encode(images());
    // Two captions of image 0, one of image 2.
    const auto start = captioner->start(features).select(torch::tensor({0, 0, 2}));
    const TaughtSentences tokens{.read = torch::tensor({{0, 3, 4, 0}, {0, 5, 0, 0}, {0, 6, 7, 8}}),
                                 .written = torch::tensor({{3, 4, 0, 0}, {5, 0, 0, 0}, {6, 7, 8, 0}}),
                                 .lengths = torch::tensor({3, 2, 4})};
    const auto decoded = captioner->forward(start, tokens.read, tokens.lengths);
    double cross_entropy = 0, missed = 0;
    int64_t places = 0;
    for (int64_t p = 0; p < 3; ++p) {
      const auto alone = captioner->start(features.narrow(0, p == 2 ? 2 : 0, 1));
      auto state = alone.state;
      Tensor looked;
      for (int64_t t = 0; t < tokens.lengths[p].item<int64_t>(); ++t) {
        const auto next = captioner->decoder->step(tokens.read[p][t].unsqueeze(0), state, alone.memory);
        cross_entropy -= at::log_softmax(next.logits, 1)[0][tokens.written[p][t].item<int64_t>()].item<double>();
        if (next.attention.defined()) looked = looked.defined() ? looked + next.attention : next.attention;
        state = next.state;
      }
      if (!looked.defined()) continue;
      missed += (1 - looked).square().sum().item<double>();
      places += looked.numel();
    }
    double expected = cross_entropy / 9;
    if (way == "attention") {
      EXPECT_EQ(places, 3 * 16);
      expected += 0.5 * missed / static_cast<double>(places);
    }
    EXPECT_NEAR(caption_loss(decoded, tokens, {.doubly_stochastic = 0.5}).item<double>(), expected, 1e-10) << way;
    EXPECT_NEAR(caption_loss(decoded, tokens, {.doubly_stochastic = 0}).item<double>(), cross_entropy / 9, 1e-10);
    EXPECT_NEAR(sentence_log_probabilities(decoded, tokens).sum().item<double>(), -cross_entropy, 1e-10);
  }
}

TEST(Captioner, LearnsInEveryParameter) {
  for (const auto& way : kWays) {
    auto captioner = make_captioner(small(way));
    captioner->train();
    const auto start = captioner->start(captioner->encode(images()));
    const TaughtSentences tokens{.read = at::randint(0, V, {B, 4}, torch::kInt64),
                                 .written = at::randint(0, V, {B, 4}, torch::kInt64),
                                 .lengths = torch::tensor({4, 2, 3})};
    caption_loss(captioner->forward(start, tokens.read, tokens.lengths), tokens, captioner->options()).backward();
    for (const auto& item : captioner->named_parameters()) {
      ASSERT_TRUE(item.value().grad().defined()) << way << " " << item.key();
      EXPECT_GT(item.value().grad().abs().max().item<double>(), 0) << way << " " << item.key();
    }
  }
}

TEST(Captioner, ACloneIsItsOwn) {
  auto captioner = make_captioner(small("attention"));
  const auto copy = std::dynamic_pointer_cast<CaptionerImpl>(captioner->clone());
  copy->eval();
  const auto say = [](CaptionerImpl& model) {
    return greedy_search(model.decoding(model.start(model.encode(images()))), 8)[0].tokens;
  };
  EXPECT_EQ(say(*copy), say(*captioner));
  torch::NoGradGuard no_grad;
  copy->decoder->readout->bias[3] = 1e3;
  EXPECT_NE(say(*copy), say(*captioner));
}

TEST(Captioner, RegionsHaveTheirPlace) {
  const auto features = at::arange(24, torch::kFloat64).view({1, 2, 3, 4});
  const auto regions = grid_regions(features, true)[0];
  EXPECT_TRUE(regions.narrow(1, 0, 2).equal(grid_regions(features, false)[0]));
  EXPECT_TRUE(regions[0].allclose(torch::tensor({0.0, 12.0, -1.0, -1.0}, torch::kFloat64)));
  EXPECT_TRUE(regions[5].allclose(torch::tensor({5.0, 17.0, 0.0, -1.0 / 3}, torch::kFloat64)));  // row 1, column 1
  EXPECT_TRUE(regions[11].allclose(torch::tensor({11.0, 23.0, 1.0, 1.0}, torch::kFloat64)));
  const auto single = grid_regions(features.narrow(2, 0, 1).narrow(3, 0, 1), true)[0];
  EXPECT_TRUE(single[0].allclose(torch::tensor({0.0, 12.0, 0.0, 0.0}, torch::kFloat64)));
}

TEST(Captioner, ItsTorchScriptWritesTheSame) {
  torch::NoGradGuard no_grad;
  int64_t ended = 0, cut = 0;
  for (const auto& way : kWays) {
    for (const std::string cell : {"lstm", "gru", "rnn"}) {
      for (const std::string output : {"plain", "tanh", "sum"}) {
        auto options = small(way, cell);
        options.decoder.output = output;
        options.decoder.context_gate = options.region_coordinates = output == "sum";
        options.decoder.attend = cell == "gru" ? "before" : "after";
        options.decoder.input_feeding = output != "plain";
        auto captioner = make_captioner(options, output == "sum" ? 9 : 7);
        std::stringstream file;
        captioner_to_torchscript(*captioner).save(file);
        auto loaded = torch::jit::load(file);
        const auto tokens = at::randint(0, V, {B, 5}, torch::kInt64);
        const auto features = captioner->encode(images());
        const auto decoded = captioner->forward(captioner->start(features), tokens, at::full({B}, 5, torch::kInt64));
        const auto expected = decoded.packing.unpack(decoded.logits).transpose(0, 1);
        EXPECT_TRUE(loaded.forward({images(), tokens}).toTensor().allclose(expected, 1e-10, 1e-10)) << way << cell;
        for (int64_t b = 0; b < B; ++b) {
          const auto start = captioner->start(features.narrow(0, b, 1));
          for (const int64_t width : {1, 2, 5, 40}) {
            auto search = options.search;
            search.beam_width = width;
            const auto best = best_of_search(captioner->decoding(start), search)[0];
            (best.ended ? ended : cut) += 1;
            const auto got = loaded.get_method("write")({images().narrow(0, b, 1), width}).toTuple();
            EXPECT_EQ(got->elements()[0].toIntVector(), best.tokens) << way << " " << cell << " " << width;
            EXPECT_NEAR(got->elements()[1].toDouble(), best.log_probability, 1e-9);
          }
        }
      }
    }
  }
  EXPECT_GT(ended, 20);  // captions that end, and
  EXPECT_GT(cut, 5);     // ones that are cut off, so that both are compared
}

}  // namespace
}  // namespace recur::this_file
