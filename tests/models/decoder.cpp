// The decoder against its equations in plain torch, sentence by sentence, and against torch::nn::LSTM.
#include "models/sequence/decoder.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/log_softmax.h>
#include <torch/nn/modules/rnn.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/special_tokens.h"
#include "tests/models/decoder_case.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

TEST(Decoder, SaysOfASentenceInABatchWhatItSaysOfItAloneStepByStep) {
  for (const auto& way : kWays) {
    for (const std::string cell : {"lstm", "gru", "rnn"}) {
      const bool with_attention = way != "without";
      auto options = small_decoder(cell);
      set_way(options, way);
      auto decoder = make_decoder(options, with_attention);
      const DecoderCase given(*decoder, options);
      const auto decoded = decoder->forward(given.tokens, given.lengths, given.state, given.memory);
      EXPECT_EQ(decoded.logits.size(0), given.lengths.sum().item<int64_t>());
      const auto logits = padded(decoded, decoded.logits);
      for (int64_t b = 0; b < B; ++b) {
        auto state = given.state_of(b);
        for (int64_t t = 0; t < given.lengths[b].item<int64_t>(); ++t) {
          auto next = decoder->step(given.tokens[b][t].unsqueeze(0), state, given.memory_of(b));
          EXPECT_TRUE(logits[b][t].allclose(next.logits[0], 1e-12, 1e-12)) << way << cell << b << t;
          if (with_attention) {
            EXPECT_TRUE(padded(decoded, decoded.attention)[b][t].allclose(next.attention[0], 1e-12, 1e-12));
            EXPECT_NEAR(next.attention.sum().item<double>(), 1, 1e-12);
          }
          state = std::move(next.state);
        }
      }
    }
  }
}

// One step of an LSTM with attention, every equation of decoder.h and attention.h written out.
TEST(Decoder, FollowsItsEquations) {
  torch::NoGradGuard no_grad;
  for (const std::string attend : {"before", "after", "after, fed"}) {
    for (const bool gate : {false, true}) {
      for (const std::string output : {"plain", "tanh", "sum"}) {
        auto options = small_decoder("lstm", 1);
        set_way(options, attend);
        options.context_gate = gate;
        options.output = output;
        auto decoder = make_decoder(options, true);
        const DecoderCase given(*decoder, options);
        const auto got = decoder->step(given.tokens.select(1, 0), given.state, given.memory);

        auto p = decoder->named_parameters();
        const auto m = given.memory->values, h = given.state[0][0], c = given.state[1][0];
        Tensor a;
        const auto look = [&](const Tensor& query) {
          const auto e = at::linear((at::linear(m, p["attention.key.weight"], p["attention.key.bias"]) +
                                     at::linear(query, p["attention.query.weight"]).unsqueeze(1))
                                        .tanh(),
                                    p["attention.energy.weight"])
                             .squeeze(2);
          a = e.exp() / e.exp().sum(1, true);
          const auto z = (a.unsqueeze(2) * m).sum(1);
          return gate ? at::linear(query, p["context_gate.weight"], p["context_gate.bias"]).sigmoid() * z : z;
        };
        const auto y = p["embedding.weight"].index_select(0, given.tokens.select(1, 0));
        auto z = attend == "before" ? look(h) : Tensor();
        const auto x = attend == "before"       ? at::cat({y, z}, 1)
                       : attend == "after, fed" ? at::cat({y, given.state[2][0]}, 1)
                                                : y;
        const auto gates = (at::linear(x, p["recurrent.weight_ih_l0"], p["recurrent.bias_ih_l0"]) +
                            at::linear(h, p["recurrent.weight_hh_l0"], p["recurrent.bias_hh_l0"]))
                               .chunk(4, 1);
        const auto c_next = gates[1].sigmoid() * c + gates[0].sigmoid() * gates[2].tanh();
        const auto h_next = gates[3].sigmoid() * c_next.tanh();
        if (attend != "before") z = look(h_next);
        auto out = at::cat({h_next, z}, 1);
        if (output != "plain") out = at::linear(out, p["combine.weight"], p["combine.bias"]);
        if (output == "tanh") out = out.tanh();
        if (output == "sum") out = y + out;
        const auto logits = at::linear(out, p["readout.weight"], p["readout.bias"]);
        EXPECT_TRUE(got.attention.allclose(a, 1e-12, 1e-12));
        EXPECT_TRUE(got.logits.allclose(logits, 1e-12, 1e-12)) << attend << gate << output;
        EXPECT_TRUE(got.state[0][0].allclose(h_next, 1e-12, 1e-12));
        EXPECT_TRUE(got.state[1][0].allclose(c_next, 1e-12, 1e-12));
        if (attend != "after, fed") continue;
        EXPECT_TRUE(got.state[2][0].allclose(z, 1e-12, 1e-12));
      }
    }
  }
}

TEST(Decoder, WithoutAttentionIsTorchsLstmWithAReadout) {
  torch::NoGradGuard no_grad;
  auto options = small_decoder();
  options.output = "plain";
  auto decoder = make_decoder(options, false);
  const DecoderCase given(*decoder, options);
  torch::nn::LSTM lstm(torch::nn::LSTMOptions(4, 5).num_layers(2).batch_first(true));
  lstm->to(torch::kFloat64);
  auto theirs = lstm->named_parameters();
  for (const auto& ours : decoder->recurrent->named_parameters()) theirs[ours.key()].copy_(ours.value());
  const auto x = decoder->embedding->forward(given.tokens);
  const auto h = std::get<0>(lstm->forward(x, std::tuple(given.state[0], given.state[1])));
  const auto expected = decoder->readout->forward(h);
  const auto decoded = decoder->forward(given.tokens, given.lengths, given.state);
  const auto logits = padded(decoded, decoded.logits);
  for (int64_t b = 0; b < B; ++b) {
    const auto n = given.lengths[b].item<int64_t>();
    EXPECT_TRUE(logits[b].narrow(0, 0, n).allclose(expected[b].narrow(0, 0, n), 1e-12, 1e-12));
  }
}

TEST(Decoder, SumsAndPacksInTheOrderOfItsLogits) {
  const auto options = small_decoder();
  auto decoder = make_decoder(options, true);
  const DecoderCase given(*decoder, options);
  const auto decoded = decoder->forward(given.tokens, given.lengths, given.state, given.memory);
  const auto row = at::arange(B).unsqueeze(1).expand({B, T}), step = at::arange(T).unsqueeze(0).expand({B, T});
  const auto rows = decoded.pack(row), steps = decoded.pack(step);
  EXPECT_TRUE(steps.lt(given.lengths.index_select(0, rows)).all().item<bool>());
  const auto counted = decoded.sum_over_steps(at::ones({decoded.logits.size(0), 1}, torch::kFloat64)).squeeze(1);
  EXPECT_TRUE(counted.to(torch::kInt64).equal(given.lengths));
  EXPECT_TRUE(decoded.sum_over_steps(decoded.attention).sum(1).allclose(given.lengths.to(torch::kFloat64)));
}

// Of what the loss is made of: every parameter's gradient by autograd beside central differences, in float64.
TEST(Decoder, HasTheGradientOfFiniteDifferences) {
  for (const auto& way : kWays) {
    const bool with_attention = way != "without";
    auto options = small_decoder("lstm", 1);
    options.context_gate = true;
    set_way(options, way);
    auto decoder = make_decoder(options, with_attention);
    const auto values = at::randn({B, L, C}, torch::kFloat64);
    const DecoderCase given(*decoder, options);
    const auto loss = [&] {
      const auto memory =
          with_attention ? std::optional(decoder->attention->remember(values)) : std::optional<Memory>();
      const auto decoded = decoder->forward(given.tokens, given.lengths, given.state, memory);
      auto sum = at::log_softmax(decoded.logits, 1).select(1, 2).sum();
      return with_attention ? sum + (1 - decoded.sum_over_steps(decoded.attention)).square().mean() : sum;
    };
    loss().backward();
    constexpr double kStep = 1e-5;
    for (auto& item : decoder->named_parameters()) {
      auto flat = item.value().detach().view({-1});
      const auto gradient = item.value().grad().reshape({-1});
      for (int64_t k = 0; k < flat.numel(); k += std::max<int64_t>(1, flat.numel() / 7)) {
        torch::NoGradGuard no_grad;
        const double value = flat[k].item<double>();
        flat[k] = value + kStep;
        const double above = loss().item<double>();
        flat[k] = value - kStep;
        const double below = loss().item<double>();
        flat[k] = value;
        EXPECT_NEAR(gradient[k].item<double>(), (above - below) / (2 * kStep), 1e-7) << item.key() << " " << k;
      }
    }
  }
}

TEST(Decoder, ReadsUnknownTokensForDroppedWordsInTrainingOnlyAndKeepsTheBoundary) {
  auto options = small_decoder();
  options.word_dropout = 1;
  auto decoder = make_decoder(options, true);
  const DecoderCase given(*decoder, options);
  const auto run = [&](const Tensor& tokens) {
    return decoder->forward(tokens, given.lengths, given.state, given.memory).logits;
  };
  auto tokens = given.tokens.clone();
  tokens.select(1, 0).fill_(kBoundaryToken);
  const auto whole = run(tokens), unknown = run(tokens.masked_fill(tokens.ne(kBoundaryToken), kUnknownToken));
  EXPECT_FALSE(whole.allclose(unknown));
  decoder->train();
  EXPECT_TRUE(run(tokens).equal(unknown));
}

TEST(Decoder, WritesWithItsOwnTokenVectorsWhereTheyAreTied) {
  for (const std::string output : {"tanh", "sum"}) {
    auto options = small_decoder("gru", 1);
    options.output = output;
    options.tie_embeddings = true;
    auto decoder = make_decoder(options, true);
    const DecoderCase given(*decoder, options);
    // The same decoder with weights of their own that are equal.
    auto loose_options = options;
    loose_options.tie_embeddings = false;
    loose_options.output = "sum";
    EXPECT_EQ(decoder->combine->weight.size(0), options.embedding_size);
    EXPECT_FALSE(decoder->named_parameters().contains("readout.weight"));
    const auto decoded = decoder->forward(given.tokens, given.lengths, given.state, given.memory);
    if (output != "sum") continue;
    auto loose = make_decoder(loose_options, true);
    {
      torch::NoGradGuard no_grad;
      for (auto& item : decoder->named_parameters()) {
        if (item.key() != "readout_bias") loose->named_parameters()[item.key()].copy_(item.value());
      }
      loose->readout->weight.copy_(decoder->embedding->weight);
      loose->readout->bias.copy_(decoder->readout_bias);
    }
    const auto expected = loose->forward(given.tokens, given.lengths, given.state, given.memory);
    EXPECT_TRUE(decoded.logits.allclose(expected.logits, 1e-12, 1e-12));
    (decoded.logits.square().sum() + expected.logits.square().sum()).backward();
    EXPECT_TRUE(decoder->embedding->weight.grad().allclose(
        loose->embedding->weight.grad() + loose->readout->weight.grad(), 1e-10, 1e-10));
  }
}

TEST(Decoder, NamesWhatDoesNotFit) {
  auto options = small_decoder();
  auto plain = make_decoder(options, false);
  const DecoderCase given(*plain, options);
  EXPECT_THROW(plain->forward(given.tokens[0], given.lengths, given.state), ShapeError);
  EXPECT_THROW(plain->forward(given.tokens, torch::tensor({3, 6, 0, 4}), given.state), ShapeError);
  auto attentive = make_decoder(options, true);
  EXPECT_THROW(attentive->forward(given.tokens, given.lengths, given.state), ShapeError);
  options.recurrent.bidirectional = true;
  EXPECT_THROW(Decoder(V, 0, options), ConfigError);
  options = small_decoder();
  options.output = "plain";
  options.tie_embeddings = true;  // 5 + 3 columns are not 4
  EXPECT_THROW(Decoder(V, C, options), ConfigError);
  options = small_decoder();
  options.attention_score = "dot";  // a state of 5 columns, places of 3
  EXPECT_THROW(Decoder(V, C, options), ConfigError);
}

}  // namespace
}  // namespace recur::this_file
