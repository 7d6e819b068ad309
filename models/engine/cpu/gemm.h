// Matrix products whose right side is packed once: C [M, N] (+)= A [M, K] B [K, N], f32.
#pragma once

#include <cstdint>

#include <torch/types.h>

#include "models/engine/cpu/tiles.h"

namespace recur::engine::cpu {

/// B, cut into panels of kPanel columns that lie one behind the other, so that a product reads it in order.
class Panels {
 public:
  Panels() = default;
  /// @param b  [K, N] f32 of any strides
  explicit Panels(const torch::Tensor& b);

  /// C (+)= A B, on the calling thread.  Strides in floats between rows.
  void multiply(int64_t rows, const float* a, int64_t a_stride, float* c, int64_t c_stride, bool add) const;

  /// C = A B with all rows of A [M, K], contiguous, on LibTorch's threads.
  torch::Tensor multiply(const torch::Tensor& a) const;

 private:
  torch::Tensor data_;  // [panels, K, kPanel], zero behind the last column
  int64_t k_ = 0, n_ = 0;
};

}  // namespace recur::engine::cpu
