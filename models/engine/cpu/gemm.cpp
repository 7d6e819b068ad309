#include "models/engine/cpu/gemm.h"

#include <algorithm>

namespace recur::engine::cpu {
namespace {

constexpr int64_t kRowsInCache = 192;  // of A that stay there while the panels pass by
constexpr int64_t kDepthInCache = 512;

}  // namespace

Panels::Panels(int64_t k, int64_t n) : k_(k), n_(n) {
  const int64_t size = panels() * k * kPanel;
  data_ = aligned_floats(size);
  std::fill_n(data_.get(), size, 0.0f);
}

Panels Panels::transposed(const float* matrix, int64_t columns, const std::vector<int64_t>& rows) {
  Panels result(columns, static_cast<int64_t>(rows.size()));
  // A band of a row's neighbours stays in the first cache until all of its columns are taken.
  constexpr int64_t kBand = 64;
  for (int64_t n = 0; n < result.n_; n += kPanel) {
    auto* const panel = result.data_.get() + n * columns;
    const int64_t count = std::min(kPanel, result.n_ - n);
    for (int64_t first = 0; first < columns; first += kBand) {
      const int64_t last = std::min(columns, first + kBand);
      for (int64_t c = 0; c < count; ++c) {
        if (rows[n + c] < 0) continue;
        const auto* const from = matrix + rows[n + c] * columns;
        for (int64_t k = first; k < last; ++k) panel[k * kPanel + c] = from[k];
      }
    }
  }
  return result;
}

Panels Panels::of_rows(const float* matrix, int64_t columns, const std::vector<int64_t>& rows) {
  Panels result(static_cast<int64_t>(rows.size()), columns);
  for (int64_t k = 0; k < result.k_; ++k) {
    if (rows[k] < 0) continue;
    const auto* const from = matrix + rows[k] * columns;
    for (int64_t n = 0; n < columns; n += kPanel) {
      std::copy_n(from + n, std::min(kPanel, columns - n), result.data_.get() + n * result.k_ + k * kPanel);
    }
  }
  return result;
}

void Panels::multiply(const Operands& operands, int64_t first, int64_t last) const {
  const auto& [rows, a, a_stride, c, c_stride, add] = operands;
  const int64_t slices = (k_ + kDepthInCache - 1) / kDepthInCache;
  for (int64_t row = 0; row < rows; row += kRowsInCache) {
    for (int64_t slice = 0; slice < slices; ++slice) {
      const int64_t k = k_ * slice / slices;
      multiply_tiles({.rows = std::min(rows - row, kRowsInCache),
                      .depth = k_ * (slice + 1) / slices - k,
                      .columns = std::min(n_, last * kPanel) - first * kPanel,
                      .a = a + row * a_stride + k,
                      .a_stride = a_stride,
                      .b = data_.get() + (first * k_ + k) * kPanel,
                      .b_stride = k_ * kPanel,
                      .c = c + row * c_stride + first * kPanel,
                      .c_stride = c_stride,
                      .add = add || slice > 0});
    }
  }
}

}  // namespace recur::engine::cpu
