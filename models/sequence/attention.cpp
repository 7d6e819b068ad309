#include "models/sequence/attention.h"

#include <limits>
#include <utility>

#include <ATen/ops/bmm.h>
#include <ATen/ops/softmax.h>

#include <fmt/format.h>

#include "core/error.h"
#include "models/engine/additive_energies.h"
#include "models/sequence/linear_torchscript.h"

namespace recur {

Memory Memory::select(const torch::Tensor& index) const {
  return {.values = values.index_select(0, index),
          .keys = keys.index_select(0, index),
          .padding = padding.defined() ? padding.index_select(0, index) : padding};
}

Memory Memory::first(int64_t n) const {
  return {.values = values.narrow(0, 0, n),
          .keys = keys.narrow(0, 0, n),
          .padding = padding.defined() ? padding.narrow(0, 0, n) : padding};
}

std::vector<torch::Tensor> Memory::to_list() const {
  if (padding.defined()) return {values, keys, padding};
  return {values, keys};
}

Memory Memory::from_list(const std::vector<torch::Tensor>& list) {
  return {.values = list.at(0), .keys = list.at(1), .padding = list.size() > 2 ? list[2] : torch::Tensor()};
}

AttentionImpl::AttentionImpl(std::string score, int64_t query_size, int64_t memory_size, int64_t size)
    : score_(std::move(score)), query_size_(query_size), memory_size_(memory_size), size_(size) {
  if (score_ != "additive" && score_ != "general" && score_ != "dot") {
    throw ConfigError(fmt::format("attention score: expected additive, general or dot, got \"{}\"", score_));
  }
  if (score_ == "dot" && query_size_ != memory_size_) {
    throw ConfigError(
        fmt::format("attention score dot: the state has {} columns and what it looks at {}; they must "
                    "be the same, or the score general",
                    query_size_, memory_size_));
  }
  reset();
}

void AttentionImpl::reset() {
  const auto linear = [](int64_t in, int64_t out, bool bias) {
    return torch::nn::Linear(torch::nn::LinearOptions(in, out).bias(bias));
  };
  if (score_ == "general") key = register_module("key", linear(memory_size_, query_size_, false));
  if (score_ != "additive") return;
  query = register_module("query", linear(query_size_, size_, false));  // one bias for the sum of both maps
  key = register_module("key", linear(memory_size_, size_, true));
  energy = register_module("energy", linear(size_, 1, false));
}

Memory AttentionImpl::remember(const torch::Tensor& values, const torch::Tensor& padding) {
  return {.values = values, .keys = score_ == "dot" ? values : key->forward(values), .padding = padding};
}

Attended AttentionImpl::forward(const torch::Tensor& q, const Memory& memory) {
  auto energies = score_ == "additive" ? engine::additive_energies(query->forward(q), memory.keys, energy->weight)
                                       : at::bmm(memory.keys, q.unsqueeze(2)).squeeze(2);
  if (memory.padding.defined()) {
    energies = energies.masked_fill(memory.padding, -std::numeric_limits<double>::infinity());
  }
  const auto weights = at::softmax(energies, 1);
  return {.context = at::bmm(weights.unsqueeze(1), memory.values).squeeze(1), .weights = weights};
}

torch::jit::Module attention_to_torchscript(const AttentionImpl& attention) {
  const bool is_additive = attention.score() == "additive";
  torch::jit::Module module("Attention");
  if (attention.key) module.register_module("key", linear_to_torchscript(*attention.key));
  if (is_additive) {
    module.register_module("query", linear_to_torchscript(*attention.query));
    module.register_module("energy", linear_to_torchscript(*attention.energy));
  }
  module.define(fmt::format(R"(
def keys(self, values: Tensor) -> Tensor:
    return {}

def forward(self, query: Tensor, values: Tensor, keys: Tensor, padding: Optional[Tensor]) -> Tuple[Tensor, Tensor]:
    energies = {}.squeeze(2)
    if padding is not None:
        energies = energies.masked_fill(padding, float('-inf'))
    weights = torch.softmax(energies, 1)
    return torch.bmm(weights.unsqueeze(1), values).squeeze(1), weights
)",
                            attention.key ? "self.key.forward(values)" : "values",
                            is_additive ? "self.energy.forward((self.query.forward(query).unsqueeze(1) + keys).tanh())"
                                        : "torch.bmm(keys, query.unsqueeze(2))"));
  return module;
}

}  // namespace recur
