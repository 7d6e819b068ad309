// A linear map of many rows, on the engine's tiles: x [N, D], W [V, D], y [N, V], all rows without gaps, f32.  Threads
// share the work and do not change the result.
#pragma once

#include <cstdint>

namespace recur::engine::cpu {

struct LinearShape {
  int64_t N, D, V;
};

/// y = x W^T + b.  @param bias  [V], or null
void linear_rows(const LinearShape& shape, const float* x, const float* weight, const float* bias, float* y);

/// of_x = of_y W
void linear_input_gradient(const LinearShape& shape, const float* of_y, const float* weight, float* of_x);

/// of_weight += of_y^T x and, unless it is null, of_bias += the sum of of_y's rows.
void linear_weight_gradient(const LinearShape& shape, const float* of_y, const float* x, float* of_weight,
                            float* of_bias);

}  // namespace recur::engine::cpu
