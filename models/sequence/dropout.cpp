#include "models/sequence/dropout.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <ATen/ops/cat.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>

#include "core/parallel.h"
#include "core/random.h"
#include "core/scramble.h"

namespace recur {
namespace {

constexpr int64_t kBlock = 1 << 14;  // elements that a thread draws at once

template <class Scalar>
void draw_mask(Scalar* mask, int64_t size, double rate, uint64_t seed) {
  const auto kept = static_cast<Scalar>(1 / (1 - rate));
  const auto dropped_below = static_cast<uint64_t>(std::ldexp(rate, 32));
  const auto drawn = [&](uint64_t bits32) { return bits32 < dropped_below ? Scalar(0) : kept; };
  parallel_for_each((size + kBlock - 1) / kBlock, [&](int64_t block) {
    const int64_t end = std::min(size, (block + 1) * kBlock);
    for (int64_t i = block * kBlock; i < end; i += 2) {
      const uint64_t bits = scrambled(seed + static_cast<uint64_t>(i / 2) * kScrambleStep);
      mask[i] = drawn(bits >> 32);
      if (i + 1 < end) mask[i + 1] = drawn(bits & 0xFFFFFFFF);
    }
  });
}

}  // namespace

torch::Tensor dropout_mask(at::IntArrayRef sizes, double rate, const torch::TensorOptions& options) {
  const auto type = c10::typeMetaToScalarType(options.dtype());
  if (!options.device().is_cpu() || (type != torch::kFloat && type != torch::kDouble)) {
    return at::dropout(at::ones(sizes, options), rate, /*train=*/true);
  }
  auto mask = at::empty(sizes, options);
  if (type == torch::kFloat) draw_mask(mask.data_ptr<float>(), mask.numel(), rate, random_bits());
  if (type == torch::kDouble) draw_mask(mask.data_ptr<double>(), mask.numel(), rate, random_bits());
  return mask;
}

torch::Tensor elementwise_dropout(const torch::Tensor& x, double rate, bool training) {
  if (!training || rate == 0) return x;
  if (!x.is_cpu()) return at::dropout(x, rate, /*train=*/true);
  return x * dropout_mask(x.sizes(), rate, x.options());
}

torch::Tensor variational_dropout(const torch::Tensor& x, double rate, bool training) {
  if (!training || rate == 0) return x;
  return x * dropout_mask({x.size(0), 1, x.size(2)}, rate, x.options());
}

torch::Tensor variational_dropout(const engine::PackedSequences& x, double rate, bool training) {
  if (!training || rate == 0) return x.data;
  const auto mask = dropout_mask({x.rows.front(), x.data.size(1)}, rate, x.data.options());
  // The rows of a step are the first of the batch, longest sequence first.
  std::vector<torch::Tensor> steps;
  for (const int64_t rows : x.rows) steps.push_back(mask.narrow(0, 0, rows));
  return x.data * at::cat(steps);
}

}  // namespace recur
