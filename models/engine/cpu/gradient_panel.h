// Products A^T B over many rows, of which B's columns lie in panels: where weights' gradients come from.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "models/engine/cpu/aligned.h"
#include "models/engine/cpu/tiles.h"

namespace recur::engine::cpu {

inline constexpr int64_t kDepth = 256;  ///< rows at a time, so that their panels stay in the second cache

/// Panels of kDepth rows of so many columns, not initialised.
inline AlignedFloats panels_for(int64_t columns) {
  return aligned_floats((columns + kPanel - 1) / kPanel * kPanel * kDepth);
}

/// Rows of so many columns -> panels of [depth, kPanel], anything behind the last column.
inline void pack_rows(const float* const* rows, int64_t depth, int64_t columns, float* panels) {
  for (int64_t k = 0; k < depth; ++k) {
    for (int64_t n = 0; n < columns; n += kPanel) {
      std::copy_n(rows[k] + n, std::min(kPanel, columns - n), panels + n * depth + k * kPanel);
    }
  }
}

/// One panel of A's columns, as a product's left side.
class GradientPanel {
 public:
  /// Of each column, over the rows.
  const std::array<float, kPanel>& sums() const { return sums_; }

  /// C [rows, columns] += A^T B for the first `rows` columns of A.  @param b  panels of the same rows
  void add_product(int64_t rows, const float* b, int64_t columns, float* c) const {
    multiply_tiles({.rows = rows,
                    .depth = depth_,
                    .columns = columns,
                    .a = panel_.data(),
                    .a_is_panel = true,
                    .b = b,
                    .b_stride = depth_ * kPanel,
                    .c = c,
                    .c_stride = columns,
                    .add = true});
  }

 private:
  template <size_t kPanels>
  friend void gather(const float* from, int64_t stride, int64_t depth, int64_t columns,
                     std::array<GradientPanel, kPanels>& panels);

  /// Row k: all columns of the panel, or fewer and zeros.
  void take(const float* from, int64_t k, int64_t columns) {
    std::array<float, kPanel> row{};
    if (columns >= kPanel) {
      std::copy_n(from, kPanel, row.begin());
    } else {
      std::copy_n(from, columns, row.begin());
    }
    std::copy_n(row.begin(), kPanel, panel_.data() + k * kPanel);
    for (size_t c = 0; c < kPanel; ++c) sums_[c] += row[c];
  }

  alignas(64) std::array<float, kDepth * kPanel> panel_;
  std::array<float, kPanel> sums_;
  int64_t depth_ = 0;
};

/// Takes neighbouring columns of a matrix, at most kPanel for each of the panels.
/// @param depth  rows, at most kDepth  @param stride  floats between them
template <size_t kPanels>
void gather(const float* from, int64_t stride, int64_t depth, int64_t columns,
            std::array<GradientPanel, kPanels>& panels) {
  for (auto& panel : panels) {
    panel.depth_ = depth;
    panel.sums_.fill(0);
  }
  for (int64_t k = 0; k < depth; ++k, from += stride) {
    for (int64_t p = 0; p * kPanel < columns; ++p) panels[p].take(from + p * kPanel, k, columns - p * kPanel);
  }
}

}  // namespace recur::engine::cpu
