// Softmax and its cross-entropy, row by row, on vectors.
#pragma once

#include <cstdint>

namespace recur::engine::cpu {

/// log sum_k e^x_k = most + log_sum.  Apart, since their sum would be rounded where the x are large.
struct RowSums {
  float most;     ///< the largest x_k
  float log_sum;  ///< log sum_k e^(x_k - most)
  float sum;      ///< sum_k x_k
};

RowSums sum_row(const float* row, int64_t columns);

/// out_k = scale * (e^(x_k - most - log_sum) - less)
void softmax_row(const float* row, int64_t columns, float most, float log_sum, float less, float scale, float* out);

}  // namespace recur::engine::cpu
