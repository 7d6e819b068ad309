// An export's two forms, the equations and torch's own layers, put out the same.
#include "models/sequence/torchscript_builtin.h"

#include <sstream>

#include <ATen/ops/randn.h>
#include <torch/csrc/jit/serialization/import.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/sequence/torchscript.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

constexpr int64_t kInput = 4, kHidden = 5;

torch::jit::Module saved_and_loaded(const torch::jit::Module& module) {
  std::stringstream file;
  module.save(file);
  return torch::jit::load(file);
}

/// The output and each state.
std::vector<Tensor> run(torch::jit::Module& module, std::vector<c10::IValue> inputs) {
  const auto out = module.forward(std::move(inputs)).toTuple();
  std::vector<Tensor> tensors = {out->elements()[0].toTensor()};
  for (const auto& state : out->elements()[1].toTensorVector()) tensors.push_back(state);
  return tensors;
}

void expect_close(const std::vector<Tensor>& a, const std::vector<Tensor>& b, const std::string& name) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].sizes(), b[i].sizes()) << name;
    EXPECT_LE((a[i] - b[i]).abs().max().item<double>(), 1e-12) << name << ", result " << i;
  }
}

class BuiltinLayers : public testing::TestWithParam<const char*> {};

TEST_P(BuiltinLayers, AreTheEquations) {
  torch::NoGradGuard no_grad;
  torch::manual_seed(3);
  for (const int64_t layers : {1, 2}) {
    for (const bool both : {false, true}) {
      for (const auto layout : {Layout::kBatchFirst, Layout::kTimeMajor}) {
        RecurrentOptions options{
            .cell = GetParam(), .hidden_size = kHidden, .num_layers = layers, .bidirectional = both};
        options.bias = layers == 1;
        Recurrent layer(kInput, options, layout);
        layer->to(torch::kFloat64);
        auto equations = recurrent_to_torchscript(*layer), builtin = recurrent_to_torchscript(*layer);
        ASSERT_EQ(use_builtin_layers(builtin), 1);
        builtin = saved_and_loaded(builtin);

        const int64_t B = 4, T = 7, runs = layers * layer->directions();
        const auto f64 = torch::TensorOptions().dtype(torch::kFloat64);
        const auto x = layout == Layout::kBatchFirst ? at::randn({B, T, kInput}, f64) : at::randn({T, B, kInput}, f64);
        std::vector<Tensor> state;
        for (size_t s = 0; s < layer->cell().states.size(); ++s) state.push_back(at::randn({runs, B, kHidden}, f64));
        const std::vector<c10::IValue> all_lengths = {c10::IValue(), torch::tensor({3, 6, 1, 5})};
        const std::vector<c10::IValue> all_states = {c10::IValue(), state};
        for (const auto& lengths : all_lengths) {
          for (const auto& initial : all_states) {
            expect_close(run(equations, {c10::IValue(x), lengths, initial}),
                         run(builtin, {c10::IValue(x), lengths, initial}),
                         fmt::format("{} layers, {}, {}, {}", layers, both ? "both" : "one",
                                     lengths.isNone() ? "whole" : "ragged", initial.isNone() ? "zero" : "given"));
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, BuiltinLayers, testing::Values("lstm", "gru", "rnn", "rnn_relu"),
                         [](const auto& info) { return std::string(info.param); });

TEST(BuiltinLayersOf, ACellThatTorchLacksStaysAsItIs) {
  Recurrent layer(kInput, RecurrentOptions{.cell = "lstm_peephole", .hidden_size = kHidden});
  auto module = recurrent_to_torchscript(*layer);
  EXPECT_EQ(use_builtin_layers(module), 0);
  EXPECT_TRUE(module.find_method("layer").has_value());
}

TEST(BuiltinLayersOf, AStackInANetworkIsFoundAndSteps) {
  torch::NoGradGuard no_grad;
  Recurrent layer(kInput, RecurrentOptions{.cell = "gru", .hidden_size = kHidden});
  auto inner = recurrent_to_torchscript(*layer), plain = recurrent_to_torchscript(*layer);
  torch::jit::Module network("Network");
  network.register_module("recurrent", inner);
  network.define("def forward(self, x: Tensor) -> Tensor:\n    h, state = self.recurrent.step(x)\n    return h\n");
  EXPECT_EQ(use_builtin_layers(network), 1);
  auto loaded = saved_and_loaded(network);
  const auto x = at::randn({2, kInput});
  const auto expected = plain.get_method("step")({x}).toTuple()->elements()[0].toTensor();
  EXPECT_LE((loaded.forward({x}).toTensor() - expected).abs().max().item<double>(), 1e-6);
}

}  // namespace
}  // namespace recur::this_file
