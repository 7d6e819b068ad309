#include "models/sequence/attention.h"

#include <ATen/ops/bmm.h>
#include <ATen/ops/softmax.h>

#include "models/sequence/linear_torchscript.h"

namespace recur {

AdditiveAttentionImpl::AdditiveAttentionImpl(int64_t query_size, int64_t memory_size, int64_t size)
    : query_size_(query_size), memory_size_(memory_size), size_(size) {
  reset();
}

void AdditiveAttentionImpl::reset() {
  // One bias for the sum of both maps.
  query = register_module("query", torch::nn::Linear(torch::nn::LinearOptions(query_size_, size_).bias(false)));
  key = register_module("key", torch::nn::Linear(memory_size_, size_));
  score = register_module("score", torch::nn::Linear(torch::nn::LinearOptions(size_, 1).bias(false)));
}

Memory AdditiveAttentionImpl::remember(const torch::Tensor& values) {
  return {.values = values, .keys = key->forward(values)};
}

Attended AdditiveAttentionImpl::forward(const torch::Tensor& q, const Memory& memory) {
  const auto energies = score->forward((query->forward(q).unsqueeze(1) + memory.keys).tanh()).squeeze(2);
  const auto weights = at::softmax(energies, 1);
  return {.context = at::bmm(weights.unsqueeze(1), memory.values).squeeze(1), .weights = weights};
}

torch::jit::Module attention_to_torchscript(const AdditiveAttentionImpl& attention) {
  torch::jit::Module module("AdditiveAttention");
  module.register_module("query", linear_to_torchscript(*attention.query));
  module.register_module("key", linear_to_torchscript(*attention.key));
  module.register_module("score", linear_to_torchscript(*attention.score));
  module.define(R"(
def keys(self, values: Tensor) -> Tensor:
    return self.key.forward(values)

def forward(self, query: Tensor, values: Tensor, keys: Tensor) -> Tuple[Tensor, Tensor]:
    energies = self.score.forward((self.query.forward(query).unsqueeze(1) + keys).tanh()).squeeze(2)
    weights = torch.softmax(energies, 1)
    return torch.bmm(weights.unsqueeze(1), values).squeeze(1), weights
)");
  return module;
}

}  // namespace recur
