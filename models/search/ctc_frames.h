// What CTC's searches share.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <torch/types.h>

namespace recur {

inline constexpr double kImpossible = -std::numeric_limits<double>::infinity();

/// log(exp(a) + exp(b)).
inline double log_add(double a, double b) {
  const double high = std::max(a, b);
  return high == kImpossible ? high : high + std::log1p(std::exp(std::min(a, b) - high));
}

/// Log-probabilities [T, V] as the searches read them: contiguous float64 on the CPU, each below +infinity.
/// `who` begins the message of an error.
/// @throws ShapeError
torch::Tensor ctc_frames(const char* who, const torch::Tensor& log_probabilities);

}  // namespace recur
