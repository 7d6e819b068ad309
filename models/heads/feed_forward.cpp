#include "models/heads/feed_forward.h"

#include <ATen/ops/gelu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/zeros.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "models/sequence/dropout.h"
#include "models/sequence/linear_torchscript.h"

namespace recur {
namespace {

torch::Tensor activate(const torch::Tensor& x, const std::string& activation) {
  if (activation == "relu") return at::relu(x);
  if (activation == "tanh") return x.tanh();
  if (activation == "sigmoid") return x.sigmoid();
  if (activation == "gelu") return at::gelu(x);
  throw ConfigError(fmt::format("activation: got \"{}\", expected relu, tanh, sigmoid or gelu", activation));
}

torch::jit::Module batch_norm_to_torchscript(const torch::nn::BatchNorm1dImpl& norm) {
  torch::jit::Module module("BatchNorm1d");
  for (const auto& parameter : norm.named_parameters()) {
    module.register_parameter(parameter.key(), parameter.value().detach().clone(), /*is_buffer=*/false);
  }
  for (const auto& buffer : norm.named_buffers()) module.register_buffer(buffer.key(), buffer.value().detach().clone());
  module.define(fmt::format(R"(
def forward(self, x: Tensor) -> Tensor:
    return torch.batch_norm(x, self.weight, self.bias, self.running_mean, self.running_var, False, 0.0, {}, False)
)",
                            norm.options.eps()));
  return module;
}

}  // namespace

FeedForwardImpl::FeedForwardImpl(int64_t input_size, int64_t outputs, FeedForwardOptions options)
    : input_size_(input_size), outputs_(outputs), options_(std::move(options)) {
  activate(at::zeros({1}), options_.activation);
  for (const int64_t size : options_.layers) {
    if (size < 1) throw ShapeError(fmt::format("feed-forward network: a layer of {} units", size));
  }
  if (input_size < 1 || outputs < 1) {
    throw ShapeError(
        fmt::format("feed-forward network: {} inputs, {} outputs, expected 1 or more", input_size, outputs));
  }
  reset();
}

void FeedForwardImpl::reset() {
  layers = register_module("layers", torch::nn::ModuleList());
  norms = register_module("norms", torch::nn::ModuleList());
  int64_t size = input_size_;
  for (const int64_t next : options_.layers) {
    layers->push_back(torch::nn::Linear(size, next));
    if (options_.batch_norm) norms->push_back(torch::nn::BatchNorm1d(next));
    size = next;
  }
  readout = register_module("readout", torch::nn::Linear(size, outputs_));
}

torch::Tensor FeedForwardImpl::forward(const torch::Tensor& x) {
  auto h = x.dim() < 2 ? x : x.flatten(1);
  if (h.dim() != 2 || h.size(1) != input_size_) {
    throw ShapeError(fmt::format("feed-forward network: got [{}], expected [B, ...] of {} numbers each",
                                 fmt::join(x.sizes(), ", "), input_size_));
  }
  h = elementwise_dropout(h, options_.input_dropout, is_training());
  for (size_t k = 0; k < layers->size(); ++k) {
    h = layers[k]->as<torch::nn::LinearImpl>()->forward(h);
    if (options_.batch_norm) h = norms[k]->as<torch::nn::BatchNorm1dImpl>()->forward(h);
    h = elementwise_dropout(activate(h, options_.activation), options_.dropout, is_training());
  }
  return readout->forward(h);
}

torch::jit::Module feed_forward_to_torchscript(const FeedForwardImpl& network) {
  torch::jit::Module module("FeedForward"), layers("Layers"), norms("Norms");
  std::string text = "def forward(self, x: Tensor) -> Tensor:\n    h = x.flatten(1)\n";
  for (size_t k = 0; k < network.layers->size(); ++k) {
    const auto name = fmt::format("{}", k);
    layers.register_module(name, linear_to_torchscript(network.layers->at<torch::nn::LinearImpl>(k)));
    text += fmt::format("    h = getattr(self.layers, \"{}\").forward(h)\n", k);
    if (network.options().batch_norm) {
      norms.register_module(name, batch_norm_to_torchscript(network.norms->at<torch::nn::BatchNorm1dImpl>(k)));
      text += fmt::format("    h = getattr(self.norms, \"{}\").forward(h)\n", k);
    }
    const auto& f = network.options().activation;
    text += fmt::format("    h = torch.{}(h)\n", f);
  }
  module.register_module("layers", layers);
  module.register_module("norms", norms);
  module.register_module("readout", linear_to_torchscript(*network.readout));
  module.define(text + "    return self.readout.forward(h)\n");
  return module;
}

}  // namespace recur
