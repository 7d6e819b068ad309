#include "trainers/metrics/nearest_mean.h"

#include <limits>

#include <ATen/ops/bincount.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"

namespace recur {

double nearest_mean_accuracy(const torch::Tensor& train_x, const torch::Tensor& train_labels,
                             const torch::Tensor& test_x, const torch::Tensor& test_labels, int64_t classes) {
  if (train_x.dim() != 2 || test_x.dim() != 2 || train_x.size(1) != test_x.size(1) || test_x.size(0) == 0 ||
      train_labels.sizes() != train_x.sizes().slice(0, 1) || test_labels.sizes() != test_x.sizes().slice(0, 1)) {
    throw ShapeError(
        fmt::format("nearest mean: got [{}] and [{}] with labels [{}] and [{}], expected [N, D] and [M, D] "
                    "with [N] and [M >= 1]",
                    fmt::join(train_x.sizes(), ", "), fmt::join(test_x.sizes(), ", "),
                    fmt::join(train_labels.sizes(), ", "), fmt::join(test_labels.sizes(), ", ")));
  }
  const auto counts = at::bincount(train_labels, {}, classes);
  const auto sums = at::zeros({classes, train_x.size(1)}, train_x.options()).index_add(0, train_labels, train_x);
  const auto means = sums / counts.clamp_min(1).unsqueeze(1);
  // |x - m|^2 without |x|^2, which is the same for all means.
  auto distances = means.square().sum(1) - 2 * at::matmul(test_x, means.t());  // [M, C]
  distances = distances.masked_fill(counts.eq(0), std::numeric_limits<double>::infinity());
  return distances.argmin(1).eq(test_labels).to(torch::kFloat64).mean().item<double>();
}

}  // namespace recur
