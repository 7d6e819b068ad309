#include "models/engine/cpu/gemm.h"

#include <algorithm>
#include <array>

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include "core/parallel.h"

namespace recur::engine::cpu {
namespace {

constexpr int64_t kRowsInCache = 192;  // of A that stay there while the panels pass by
constexpr int64_t kDepthInCache = 512;

}  // namespace

Panels::Panels(const torch::Tensor& b) : k_(b.size(0)), n_(b.size(1)) {
  const int64_t panels = (n_ + kPanel - 1) / kPanel;
  data_ = panels * kPanel == n_ ? at::empty({panels, k_, kPanel}, b.options())
                                : at::zeros({panels, k_, kPanel}, b.options());
  auto* const to = data_.mutable_data_ptr<float>();
  const auto* const from = b.const_data_ptr<float>();
  const int64_t row = b.stride(0), column = b.stride(1);
  // Down all rows, panel by panel: where b is a transposed matrix, its columns are read in order.
  for (int64_t p = 0; p < panels; ++p) {
    const int64_t columns = std::min(kPanel, n_ - p * kPanel);
    for (int64_t k = 0; k < k_; ++k) {
      const auto* const in = from + k * row + p * kPanel * column;
      auto* const out = to + (p * k_ + k) * kPanel;
      for (int64_t c = 0; c < columns; ++c) out[c] = in[c * column];
    }
  }
}

void Panels::multiply(int64_t rows, const float* a, int64_t a_stride, float* c, int64_t c_stride, bool add) const {
  const int64_t whole = n_ / kPanel, rest = n_ % kPanel;
  const auto* const b = data_.const_data_ptr<float>();
  const int64_t slices = (k_ + kDepthInCache - 1) / kDepthInCache;
  for (int64_t first = 0; first < rows; first += kRowsInCache) {
    const int64_t count = std::min(rows - first, kRowsInCache);
    for (int64_t slice = 0; slice < slices; ++slice) {
      const int64_t k = k_ * slice / slices;
      TileProduct product{.rows = count,
                          .depth = k_ * (slice + 1) / slices - k,
                          .panels = whole,
                          .a = a + first * a_stride + k,
                          .a_stride = a_stride,
                          .b = b + k * kPanel,
                          .b_stride = k_ * kPanel,
                          .c = c + first * c_stride,
                          .c_stride = c_stride,
                          .add = add || slice > 0};
      multiply_tiles(product);
      if (rest == 0) continue;
      std::array<float, kRowsInCache * kPanel> last;  // a whole panel's columns, of which only `rest` are C's
      float* const to = product.c + whole * kPanel;
      const bool added = product.add;
      product.panels = 1;
      product.b += whole * product.b_stride;
      product.c = last.data();
      product.c_stride = kPanel;
      product.add = false;
      multiply_tiles(product);
      for (int64_t m = 0; m < count; ++m) {
        for (int64_t n = 0; n < rest; ++n) {
          float& out = to[m * c_stride + n];
          out = (added ? out : 0) + last[m * kPanel + n];
        }
      }
    }
  }
}

torch::Tensor Panels::multiply(const torch::Tensor& a) const {
  const int64_t M = a.size(0);
  constexpr int64_t kWorthAThread = 1 << 20;  // multiplications
  const int64_t parts =
      std::clamp<int64_t>(M * n_ * k_ / kWorthAThread, 1, std::min<int64_t>(at::get_num_threads(), M));
  auto c = at::empty({M, n_}, a.options());
  const auto* const from = a.const_data_ptr<float>();
  auto* const to = c.mutable_data_ptr<float>();
  parallel_for_each(parts, [&](int64_t part) {
    const int64_t first = M * part / parts, last = M * (part + 1) / parts;
    multiply(last - first, from + first * k_, k_, to + first * n_, n_, /*add=*/false);
  });
  return c;
}

}  // namespace recur::engine::cpu
