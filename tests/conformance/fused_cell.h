// A layer to run by both engines, and how far apart they may come out.
#pragma once

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/conformance/cells.h"

namespace recur {

/// A test over all cells that the fused engine runs.
class FusedCell : public testing::TestWithParam<std::string> {};

struct FusedCase {
  int64_t T, B, D, H, layers = 1;
  bool bidirectional = false, bias = true, ragged = false, recompute = false;

  std::string text() const {
    return fmt::format("T {} B {} D {} H {} layers {} bidirectional {} bias {} ragged {} recompute {}", T, B, D, H,
                       layers, bidirectional, bias, ragged, recompute);
  }
  RecurrentOptions options(const std::string& cell, const std::string& engine) const {
    return {.cell = cell,
            .hidden_size = H,
            .num_layers = layers,
            .bidirectional = bidirectional,
            .bias = bias,
            .engine = engine,
            .recompute = recompute};
  }
};

/// Largest difference, relative to the tensor's largest value (or 1).
inline double relative_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return difference(a, b) / std::max(1.0, b.abs().max().item<double>());
}

}  // namespace recur
