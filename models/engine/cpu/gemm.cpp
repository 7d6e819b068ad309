#include "models/engine/cpu/gemm.h"

#include <algorithm>
#include <array>

namespace recur::engine::cpu {
namespace {

constexpr int64_t kRowsInCache = 192;  // of A that stay there while the panels pass by
constexpr int64_t kDepthInCache = 512;

}  // namespace

Panels::Panels(Numbers numbers, int64_t k, int64_t n) : numbers_(numbers), k_(k), n_(n), depth_(room_of(numbers, k)) {
  const int64_t size = panels() * depth_ * kPanel;
  data_ = aligned_floats(size);
  std::fill_n(data_.get(), size, 0.0f);
}

Panels Panels::transposed(const float* matrix, int64_t columns, const std::vector<int64_t>& rows, Numbers numbers) {
  Panels result(numbers, columns, static_cast<int64_t>(rows.size()));
  // A band of a row's neighbours stays in the first cache until all of its columns are taken.
  constexpr int64_t kBand = 64;
  float rounded[kBand];
  for (int64_t n = 0; n < result.n_; n += kPanel) {
    auto* const panel = result.data_.get() + n * result.depth_;
    const int64_t count = std::min(kPanel, result.n_ - n);
    for (int64_t first = 0; first < columns; first += kBand) {
      const int64_t width = std::min(columns - first, kBand), depth = room_of(numbers, width);
      auto* const band = panel + room_of(numbers, first) * kPanel;
      for (int64_t c = 0; c < count; ++c) {
        if (rows[n + c] < 0) continue;
        const auto* from = matrix + rows[n + c] * columns + first;
        if (numbers != Numbers::kF32) {
          round_row(numbers, from, width, rounded);
          from = rounded;
        }
        for (int64_t k = 0; k < depth; ++k) band[k * kPanel + c] = from[k];
      }
    }
  }
  return result;
}

Panels Panels::of_rows(const float* matrix, int64_t columns, const std::vector<int64_t>& rows, Numbers numbers) {
  Panels result(numbers, static_cast<int64_t>(rows.size()), columns);
  const std::vector<float> zeros(static_cast<size_t>(columns));
  std::vector<const float*> from;
  for (const int64_t row : rows) from.push_back(row < 0 ? zeros.data() : matrix + row * columns);
  pack_panels(numbers, from.data(), result.k_, columns, result.data_.get());
  return result;
}

void Panels::multiply(const Operands& operands, int64_t first, int64_t last) const {
  const auto& [rows, a, a_stride, c, c_stride, add] = operands;
  const bool is_f32 = numbers_ == Numbers::kF32;
  const int64_t slices = (depth_ + kDepthInCache - 1) / kDepthInCache;
  for (int64_t row = 0; row < rows; row += kRowsInCache) {
    const int64_t count = std::min(rows - row, kRowsInCache);
    for (int64_t slice = 0; slice < slices; ++slice) {
      const int64_t begin = depth_ * slice / slices, end = depth_ * (slice + 1) / slices;
      multiply_tiles({.numbers = numbers_,
                      .rows = count,
                      .depth = end - begin,
                      .columns = std::min(n_, last * kPanel) - first * kPanel,
                      .a = is_f32 ? a + row * a_stride + begin : rounded(operands, row, count, begin, end),
                      .a_stride = is_f32 ? a_stride : end - begin,
                      .b = data_.get() + (first * depth_ + begin) * kPanel,
                      .b_stride = depth_ * kPanel,
                      .c = c + row * c_stride + first * kPanel,
                      .c_stride = c_stride,
                      .add = add || slice > 0});
    }
  }
}

const float* Panels::rounded(const Operands& operands, int64_t row, int64_t rows, int64_t first, int64_t last) const {
  thread_local Scratch scratch;
  float* const to = scratch.reserve(rows * (last - first));
  const int64_t numbers = numbers_ == Numbers::kBf16Pairs ? 2 : 1;  // in the room of a float
  const int64_t begin = first * numbers, count = std::min(k_, last * numbers) - begin;
  for (int64_t r = 0; r < rows; ++r) {
    round_row(numbers_, operands.a + (row + r) * operands.a_stride + begin, count, to + r * (last - first));
  }
  return to;
}

void pack_panels(Numbers numbers, const float* const* rows, int64_t count, int64_t width, float* panels) {
  const int64_t depth = room_of(numbers, count);
  std::array<float, 2 * kPanel> last;  // columns, which are fewer than a panel's
  for (int64_t k = 0; k < count; k += numbers == Numbers::kF32 ? 1 : 2) {
    const auto *const first = rows[k], *const second = k + 1 < count ? rows[k + 1] : nullptr;
    for (int64_t n = 0; n < width; n += kPanel) {
      float* const to = panels + n * depth + room_of(numbers, k) * kPanel;
      const int64_t columns = std::min(kPanel, width - n);
      if (numbers == Numbers::kF32) {
        std::copy_n(first + n, columns, to);
      } else if (columns == kPanel) {
        round_two_rows(numbers, first + n, second != nullptr ? second + n : nullptr, to);
      } else {
        last.fill(0);
        std::copy_n(first + n, columns, last.data());
        if (second != nullptr) std::copy_n(second + n, columns, last.data() + kPanel);
        round_two_rows(numbers, last.data(), second != nullptr ? last.data() + kPanel : nullptr, to);
      }
    }
  }
}

}  // namespace recur::engine::cpu
