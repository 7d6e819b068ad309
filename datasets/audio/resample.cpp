#include "datasets/audio/resample.h"

#include <algorithm>
#include <memory>

#include <ATen/ops/zeros.h>

#include <fmt/ranges.h>
#include <soxr.h>

#include "core/error.h"

namespace recur {

int64_t resampled_length(int64_t count, int64_t from, int64_t to) {
  if (count <= 0) return 0;
  return std::max<int64_t>(1, (2 * count * to + from) / (2 * from));
}

torch::Tensor resample(const torch::Tensor& samples, int64_t from, int64_t to) {
  if (samples.dim() != 1 || !samples.is_floating_point()) {
    throw ShapeError(fmt::format("resample: expected floats [N], got {} [{}]", c10::toString(samples.scalar_type()),
                                 fmt::join(samples.sizes(), ", ")));
  }
  if (from <= 0 || to <= 0) {
    throw ConfigError(fmt::format("resample: sample rates must be more than 0, got {} and {} Hz", from, to));
  }
  const auto x = samples.to(torch::kFloat).cpu().contiguous();
  if (from == to || x.numel() == 0) return x;
  auto resampled = at::zeros({resampled_length(x.size(0), from, to)});
  const auto quality = soxr_quality_spec(SOXR_HQ, 0);
  const auto one_thread = soxr_runtime_spec(1);
  size_t read = 0, written = 0;
  const auto error = soxr_oneshot(static_cast<double>(from), static_cast<double>(to), 1, x.const_data_ptr<float>(),
                                  static_cast<size_t>(x.size(0)), &read, resampled.mutable_data_ptr<float>(),
                                  static_cast<size_t>(resampled.size(0)), &written, nullptr, &quality, &one_thread);
  if (error != nullptr) throw Error(fmt::format("resample from {} to {} Hz: soxr says {}", from, to, error));
  return resampled;
}

}  // namespace recur
