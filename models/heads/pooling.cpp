#include "models/heads/pooling.h"

#include <algorithm>
#include <limits>

#include <ATen/ops/arange.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/softmax.h>

namespace recur {
namespace {

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

/// The last h of each direction: the top layer's states stand last.
torch::Tensor last_states(const RecurrentOutput& recurrent, int64_t size) {
  const auto& h = recurrent.state.front();  // [L*S, B, H]
  return h.size(2) == size ? h[-1] : at::cat({h[-2], h[-1]}, 1);
}

}  // namespace

std::vector<std::string> pooling_names() {
  return {"last", "mean", "max", "attention"};
}

PoolingImpl::PoolingImpl(int64_t size, std::vector<std::string> ways) : size_(size), ways_(std::move(ways)) {
  reset();
}

bool PoolingImpl::has_attention() const {
  return std::ranges::find(ways_, "attention") != ways_.end();
}

void PoolingImpl::reset() {
  if (!has_attention()) return;
  attention = register_module("attention", torch::nn::Linear(size_, size_));
  score = register_module("score", torch::nn::Linear(torch::nn::LinearOptions(size_, 1).bias(false)));
}

Pooled PoolingImpl::forward(const RecurrentOutput& recurrent, const torch::Tensor& lengths) {
  const auto& h = recurrent.output;  // [B, T, S*H]
  const auto on_device = lengths.to(h.device());
  const auto ended = at::arange(h.size(1), on_device.options()).unsqueeze(0).ge(on_device.unsqueeze(1));  // [B, T]
  Pooled result;
  std::vector<torch::Tensor> parts;
  for (const auto& way : ways_) {
    if (way == "last") {
      parts.push_back(last_states(recurrent, size_));
    } else if (way == "mean") {
      parts.push_back(h.sum(1) / on_device.unsqueeze(1));
    } else if (way == "max") {
      parts.push_back(h.masked_fill(ended.unsqueeze(2), kMinusInfinity).amax(1));
    } else {
      const auto scores = score->forward(attention->forward(h).tanh()).squeeze(2).masked_fill(ended, kMinusInfinity);
      result.weights = at::softmax(scores, 1);
      parts.push_back(at::bmm(result.weights.unsqueeze(1), h).squeeze(1));
    }
  }
  result.vector = parts.size() == 1 ? parts.front() : at::cat(parts, 1);
  return result;
}

}  // namespace recur
