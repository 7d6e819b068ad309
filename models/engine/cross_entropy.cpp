#include "models/engine/cross_entropy.h"

#include <tuple>

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/softmax.h>
#include <torch/csrc/autograd/custom_function.h>

#include <fmt/format.h>

#include "core/error.h"
#include "core/parallel.h"
#include "models/engine/cpu/floats.h"
#include "models/engine/cpu/softmax_rows.h"

namespace recur::engine {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class CrossEntropy : public torch::autograd::Function<CrossEntropy> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& given, const Tensor& targets, double smoothing) {
    const auto logits = given.contiguous();
    const int64_t N = logits.size(0), V = logits.size(1);
    const auto log_sums = at::empty({N, 2}, logits.options());  // RowSums: most and log_sum
    const auto losses = at::empty({N}, logits.options().dtype(torch::kFloat64));
    const auto* const x = logits.const_data_ptr<float>();
    const auto* const t = targets.const_data_ptr<int64_t>();
    auto* const log_sum = log_sums.mutable_data_ptr<float>();
    auto* const loss = losses.mutable_data_ptr<double>();
    parallel_for_ranges(N, [&](int64_t /*range*/, int64_t first, int64_t last) {
      for (int64_t n = first; n < last; ++n) {
        const auto sums = cpu::sum_row(x + n * V, V);
        log_sum[2 * n] = sums.most;
        log_sum[2 * n + 1] = sums.log_sum;
        loss[n] = static_cast<double>(sums.most) + sums.log_sum - (1 - smoothing) * x[n * V + t[n]];
        if (smoothing > 0) loss[n] -= smoothing * sums.sum / static_cast<double>(V);
      }
    });
    context->save_for_backward({logits, targets, log_sums});
    context->saved_data["smoothing"] = smoothing;
    return losses.mean().to(torch::kFloat32);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto& [logits, targets, log_sums] = std::tie(saved[0], saved[1], saved[2]);
    const double smoothing = context->saved_data["smoothing"].toDouble();
    const int64_t N = logits.size(0), V = logits.size(1);
    const double less = smoothing / static_cast<double>(V);
    if (at::GradMode::is_enabled()) {
      const auto hit = at::full_like(targets.unsqueeze(1), 1 - smoothing, logits.options());
      const auto wanted = at::full_like(logits, less).scatter_add(1, targets.unsqueeze(1), hit);
      return {(at::softmax(logits, 1) - wanted) * (gradients[0] / static_cast<double>(N)), Tensor(), Tensor()};
    }
    const auto result = at::empty_like(logits);
    const auto scale = gradients[0].item<float>() / static_cast<float>(N);
    const auto* const x = logits.const_data_ptr<float>();
    const auto* const t = targets.const_data_ptr<int64_t>();
    const auto* const log_sum = log_sums.const_data_ptr<float>();
    auto* const to = result.mutable_data_ptr<float>();
    parallel_for_ranges(N, [&](int64_t /*range*/, int64_t first, int64_t last) {
      for (int64_t n = first; n < last; ++n) {
        cpu::softmax_row(x + n * V, V, log_sum[2 * n], log_sum[2 * n + 1], static_cast<float>(less), scale, to + n * V);
        to[n * V + t[n]] -= static_cast<float>(1 - smoothing) * scale;
      }
    });
    return {result, Tensor(), Tensor()};
  }
};

}  // namespace

Tensor cross_entropy(const Tensor& given, const Tensor& targets, double label_smoothing) {
  const auto logits = cpu::widened_on_cpu(given);
  const bool is_fast = logits.is_cpu() && logits.scalar_type() == torch::kFloat32 && logits.dim() == 2 &&
                       targets.is_contiguous() && logits.size(0) > 0;
  if (!is_fast) {
    constexpr int64_t kIgnoreNothing = -100;
    return at::cross_entropy_loss(logits, targets, {}, at::Reduction::Mean, kIgnoreNothing, label_smoothing);
  }
  if (targets.numel() != logits.size(0)) {
    throw ShapeError(fmt::format("cross-entropy: {} rows of logits and {} targets", logits.size(0), targets.numel()));
  }
  if (targets.lt(0).logical_or(targets.ge(logits.size(1))).any().item<bool>()) {
    throw ShapeError(fmt::format("cross-entropy: a target is not in 0..{}", logits.size(1) - 1));
  }
  return CrossEntropy::apply(logits, targets, label_smoothing);
}

}  // namespace recur::engine
