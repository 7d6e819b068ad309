#include "models/heads/pooling_torchscript.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/sequence/linear_torchscript.h"

namespace recur {
namespace {

/// One expression over h [B, T, S*H], state, ended [B, T] and lengths for each way to pool; see pooling.cpp.
std::string pooled(const std::string& way, bool both) {
  if (way == "last") return both ? "torch.cat([state[0][-2], state[0][-1]], 1)" : "state[0][-1]";
  if (way == "mean") return "h.sum(1) / lengths.unsqueeze(1)";
  if (way == "max") return "h.masked_fill(ended.unsqueeze(2), float('-inf')).amax(1)";
  return "torch.bmm(self.attention_weights(h, ended).unsqueeze(1), h).squeeze(1)";
}

}  // namespace

torch::jit::Module pooling_to_torchscript(const PoolingImpl& pooling, bool both) {
  torch::jit::Module module("Pooling");
  if (pooling.has_attention()) {
    module.register_module("attention", linear_to_torchscript(*pooling.attention));
    module.register_module("score", linear_to_torchscript(*pooling.score));
    module.define(R"(
def attention_weights(self, h: Tensor, ended: Tensor) -> Tensor:
    scores = self.score.forward(self.attention.forward(h).tanh()).squeeze(2)
    return torch.softmax(scores.masked_fill(ended, float('-inf')), 1)
)");
  }
  std::vector<std::string> parts;
  for (const auto& way : pooling.ways()) parts.push_back(pooled(way, both));
  module.define(fmt::format(R"(
def forward(self, h: Tensor, state: List[Tensor], lengths: Tensor) -> Tensor:
    ended = torch.arange(h.size(1), device=h.device).unsqueeze(0) >= lengths.unsqueeze(1)
    return torch.cat([{}], 1)
)",
                            fmt::join(parts, ", ")));
  return module;
}

}  // namespace recur
