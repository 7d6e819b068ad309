#include "trainers/tasks/memory_score.h"

#include <algorithm>
#include <limits>

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/mse_loss.h>

namespace recur {
namespace {

constexpr int64_t kNotAsked = -1;  // see MemoryBatch::target

torch::Tensor summed_loss(const torch::Tensor& y, const MemoryBatch& batch, at::Reduction::Reduction reduction) {
  const auto target = batch.target.to(y.device());
  if (!batch.legal.defined()) return at::mse_loss(y, target, reduction);
  return at::cross_entropy_loss(y.flatten(0, 1), target.flatten(), {}, reduction, kNotAsked);
}

}  // namespace

torch::Tensor memory_loss(const torch::Tensor& y, const MemoryBatch& batch) {
  return summed_loss(y, batch, at::Reduction::Mean);
}

torch::Tensor right_steps(const torch::Tensor& logits, const torch::Tensor& legal) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto least = logits.masked_fill(legal.logical_not(), kInfinity).amin(2);
  const auto other = logits.masked_fill(legal, -kInfinity).amax(2);
  return (least > other).logical_and(legal.any(2));
}

void MemoryScore::add(const torch::Tensor& y, const MemoryBatch& batch) {
  const auto outputs = y.detach().to(torch::kCPU, torch::kFloat64);
  MemoryBatch in_double = batch;
  if (!batch.legal.defined()) in_double.target = batch.target.to(torch::kFloat64);
  loss_ += summed_loss(outputs, in_double, at::Reduction::Sum).item<double>();
  if (batch.legal.defined()) {
    add_strings(outputs, batch);
  } else {
    add_sums(outputs, in_double);
  }
}

void MemoryScore::add_sums(const torch::Tensor& y, const MemoryBatch& batch) {
  asked_ += y.size(0);
  const auto solved = ((y - batch.target).abs() < kAddingTolerance).squeeze(1).contiguous();
  solved_.insert(solved_.end(), solved.const_data_ptr<bool>(), solved.const_data_ptr<bool>() + solved.numel());
}

void MemoryScore::add_strings(const torch::Tensor& logits, const MemoryBatch& batch) {
  const auto right = right_steps(logits, batch.legal), measured = batch.legal.any(2);
  asked_ += (batch.target != kNotAsked).sum().item<int64_t>();
  measured_ += measured.sum().item<int64_t>();
  right_ += right.sum().item<int64_t>();
  if (batch.far.defined()) {
    far_ += batch.far.size(0);
    far_right_ += right.gather(1, batch.far.unsqueeze(1)).sum().item<int64_t>();
  }
  const auto solved = right.logical_or(measured.logical_not()).all(1).contiguous();
  solved_.insert(solved_.end(), solved.const_data_ptr<bool>(), solved.const_data_ptr<bool>() + solved.numel());
}

Metrics MemoryScore::metrics() const {
  const auto share = [](int64_t part, int64_t whole) { return static_cast<double>(part) / static_cast<double>(whole); };
  Metrics metrics{{"loss", loss_ / static_cast<double>(asked_)},
                  {"solved", share(std::ranges::count(solved_, true), std::ssize(solved_))}};
  if (measured_ > 0) metrics["accuracy"] = share(right_, measured_);
  if (far_ > 0) metrics["recall"] = share(far_right_, far_);
  return metrics;
}

int64_t solved_in_a_row(const std::vector<bool>& solved) {
  return std::ranges::find(solved, false) - solved.begin();
}

}  // namespace recur
