// Values and all gradients of rnn, rnn_relu, lstm and gru against torch::nn::RNN, LSTM and GRU.
#include <ATen/ops/randn.h>
#include <torch/autograd.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/utils/rnn.h>

#include <fmt/format.h>

#include "tests/conformance/cells.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

struct Case {
  std::string cell;
  int64_t layers;
  bool bidirectional, bias, ragged;
  torch::ScalarType dtype;
};

std::string case_name(const testing::TestParamInfo<Case>& info) {
  const auto& c = info.param;
  return fmt::format("{}_{}layers_{}_{}_{}_{}", c.cell, c.layers, c.bidirectional ? "both" : "forward",
                     c.bias ? "bias" : "nobias", c.ragged ? "ragged" : "full",
                     c.dtype == torch::kFloat64 ? "f64" : "f32");
}

constexpr int64_t T = 7, B = 4, D = 5, H = 6;
const std::vector<int64_t> kLengths = {3, 7, 1, 5};

/// Everything that goes in and comes out of one pass, and the gradients of a scalar that depends on all outputs.
struct Pass {
  Tensor output;
  std::vector<Tensor> state, gradients;
};

struct Inputs {
  Tensor x;
  std::vector<Tensor> initial;
  Tensor weight;  // of each output in the scalar
};

Inputs make_inputs(const Case& c) {
  torch::manual_seed(7);
  const int64_t S = c.bidirectional ? 2 : 1;
  const auto options = options_of(c.dtype);
  Inputs in{.x = torch::randn({T, B, D}, options), .initial = {}, .weight = torch::randn({T, B, S * H}, options)};
  for (int states = c.cell == "lstm" ? 2 : 1; states > 0; --states) {
    in.initial.push_back(torch::randn({c.layers * S, B, H}, options));
  }
  return in;
}

template <class Run>
Pass run_pass(const Inputs& in, const torch::OrderedDict<std::string, Tensor>& parameters, Run run) {
  std::vector<Tensor> leaves = {in.x.clone().requires_grad_()};
  for (const auto& s : in.initial) leaves.push_back(s.clone().requires_grad_());
  Pass pass;
  std::tie(pass.output, pass.state) = run(leaves[0], std::vector<Tensor>(leaves.begin() + 1, leaves.end()));
  Tensor scalar = (pass.output * in.weight).sum();
  for (const auto& s : pass.state) scalar = scalar + s.pow(2).sum();
  for (const auto& p : parameters) leaves.push_back(p.value());
  pass.gradients = torch::autograd::grad({scalar}, leaves);
  return pass;
}

template <class Module>
std::pair<Tensor, std::vector<Tensor>> unpack_result(const Module& result) {
  if constexpr (std::is_same_v<std::decay_t<decltype(std::get<1>(result))>, Tensor>) {
    return {std::get<0>(result), {std::get<1>(result)}};
  } else {
    return {std::get<0>(result), {std::get<0>(std::get<1>(result)), std::get<1>(std::get<1>(result))}};
  }
}

/// torch's module with our parameters, run on packed sequences where the case is ragged.
template <class Peer>
Pass run_torch(Peer peer, const Case& c, const Inputs& in, Recurrent& ours) {
  peer->to(c.dtype);
  torch::NoGradGuard no_grad;
  auto theirs = peer->named_parameters();
  EXPECT_EQ(theirs.size(), ours->named_parameters().size());
  for (auto& p : ours->named_parameters()) theirs[p.key()].copy_(p.value());  // throws where a name is not torch's
  torch::AutoGradMode grad(true);
  return run_pass(in, theirs, [&](const Tensor& x, const std::vector<Tensor>& initial) {
    const auto call = [&](const auto& input, auto method) {
      if constexpr (std::is_same_v<Peer, torch::nn::LSTM>) {
        return method(input, std::make_tuple(initial[0], initial[1]));
      } else {
        return method(input, initial[0]);
      }
    };
    if (!c.ragged) {
      return unpack_result(call(x, [&](const Tensor& i, const auto& s) { return peer->forward(i, s); }));
    }
    const auto packed = torch::nn::utils::rnn::pack_padded_sequence(x, torch::tensor(kLengths), false, false);
    auto result = call(packed, [&](const auto& i, const auto& s) { return peer->forward_with_packed_input(i, s); });
    auto [padded, lengths] = torch::nn::utils::rnn::pad_packed_sequence(std::get<0>(result), false, 0.0, T);
    return unpack_result(std::make_tuple(padded, std::get<1>(result)));
  });
}

class AgainstTorch : public testing::TestWithParam<Case> {};

TEST_P(AgainstTorch, ValuesAndGradientsAgree) {
  const Case& c = GetParam();
  const auto in = make_inputs(c);
  Recurrent ours(
      D,
      RecurrentOptions{
          .cell = c.cell, .hidden_size = H, .num_layers = c.layers, .bidirectional = c.bidirectional, .bias = c.bias},
      Layout::kTimeMajor);
  ours->to(c.dtype);
  const auto lengths = c.ragged ? std::optional(torch::tensor(kLengths)) : std::nullopt;
  const auto mine = run_pass(in, ours->named_parameters(), [&](const Tensor& x, const std::vector<Tensor>& initial) {
    auto result = ours->forward(x, lengths, initial);
    return std::make_pair(result.output, result.state);
  });
  const auto theirs = [&] {
    const auto configure = [&](auto options) {
      return options.num_layers(c.layers).bidirectional(c.bidirectional).bias(c.bias);
    };
    if (c.cell == "lstm") {
      return run_torch(torch::nn::LSTM(configure(torch::nn::LSTMOptions(D, H))), c, in, ours);
    }
    if (c.cell == "gru") return run_torch(torch::nn::GRU(configure(torch::nn::GRUOptions(D, H))), c, in, ours);
    auto options = configure(torch::nn::RNNOptions(D, H));
    if (c.cell == "rnn_relu") options.nonlinearity(torch::kReLU);
    return run_torch(torch::nn::RNN(options), c, in, ours);
  }();

  const double bar = c.dtype == torch::kFloat64 ? 1e-12 : 1e-5;
  EXPECT_LE(difference(mine.output, theirs.output), bar);
  ASSERT_EQ(mine.state.size(), theirs.state.size());
  for (size_t s = 0; s < mine.state.size(); ++s) EXPECT_LE(difference(mine.state[s], theirs.state[s]), bar);
  ASSERT_EQ(mine.gradients.size(), theirs.gradients.size());
  for (size_t g = 0; g < mine.gradients.size(); ++g) {
    // Gradients grow with the sum they are of: relative to their own largest element.
    const double scale = std::max(1.0, theirs.gradients[g].abs().max().item<double>());
    EXPECT_LE(difference(mine.gradients[g], theirs.gradients[g]) / scale, bar) << "gradient " << g;
  }
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const char* cell : {"rnn", "rnn_relu", "lstm", "gru"}) {
    for (int64_t layers : {1, 2, 3}) {
      for (int bits = 0; bits < 16; ++bits) {
        cases.push_back({cell, layers, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0,
                         (bits & 8) != 0 ? torch::kFloat64 : torch::kFloat32});
      }
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Cells, AgainstTorch, testing::ValuesIn(all_cases()), case_name);

TEST(AgainstTorch, TheSameSeedGivesTheSameWeights) {
  torch::manual_seed(3);
  torch::nn::LSTM theirs(torch::nn::LSTMOptions(D, H).num_layers(2).bidirectional(true));
  torch::manual_seed(3);
  Recurrent ours(D, RecurrentOptions{.cell = "lstm", .hidden_size = H, .num_layers = 2, .bidirectional = true});
  for (const auto& p : theirs->named_parameters()) {
    EXPECT_TRUE(torch::equal(p.value(), ours->named_parameters()[p.key()])) << p.key();
  }
}

}  // namespace
}  // namespace recur::this_file
