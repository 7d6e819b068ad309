#include "models/sequence/linear_torchscript.h"

#include <fmt/format.h>

namespace recur {

torch::jit::Module linear_to_torchscript(const torch::nn::LinearImpl& linear) {
  torch::jit::Module module("Linear");
  for (const auto& parameter : linear.named_parameters()) {
    module.register_parameter(parameter.key(), parameter.value().detach().clone(), /*is_buffer=*/false);
  }
  module.define(fmt::format("def forward(self, x: Tensor) -> Tensor:\n    return torch.linear(x, self.weight{})\n",
                            linear.bias.defined() ? ", self.bias" : ""));
  return module;
}

}  // namespace recur
