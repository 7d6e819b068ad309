#include "models/engine/cpu/tiles.h"

#include <algorithm>

// This file is compiled once for each of: AVX-512, AVX2, and what every x86-64 machine has.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_AVX3_DL | HWY_SSE4)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/engine/cpu/tiles.cpp"
#include "hwy/foreach_target.h"
// (the order matters)
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace recur::engine::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Vector = hn::CappedTag<float, kPanel>;
constexpr int kVectors = static_cast<int>(kPanel / hn::MaxLanes(Vector()));  // of a panel's row

// Sums that stay in registers, beside a row of the panel and one value of A.  A fused multiply-add takes four cycles
// and two begin in each, so that fewer than eight sums would wait for each other.
constexpr int kRegisters = HWY_TARGET <= HWY_AVX3 ? 32 : 16;
constexpr int kSums = kRegisters * 3 / 4;

constexpr int panels_at_once(int rows) {
  for (int panels = 4; panels > 1; panels /= 2) {
    if ((rows + 1) * panels * kVectors < kRegisters) return panels;
  }
  return 1;
}
constexpr int kMostRows = std::max(1, kSums / std::max(kVectors, 2));

template <int kRows, int kPanels>
HWY_INLINE void tile(const float* HWY_RESTRICT a, int64_t a_stride, const float* HWY_RESTRICT b, int64_t b_stride,
                     int64_t depth, float* HWY_RESTRICT c, int64_t c_stride, bool add) {
  constexpr int kWide = kPanels * kVectors;
  const Vector d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  hn::Vec<Vector> sum[kRows][kWide];
  HWY_UNROLL(16)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(16)
    for (int v = 0; v < kWide; ++v) sum[r][v] = hn::Zero(d);
  }
  for (int64_t k = 0; k < depth; ++k) {
    hn::Vec<Vector> row[kWide];
    HWY_UNROLL(16)
    for (int p = 0; p < kPanels; ++p) {
      HWY_UNROLL(16)
      for (int v = 0; v < kVectors; ++v) {
        row[p * kVectors + v] = hn::LoadU(d, b + p * b_stride + k * kPanel + v * lanes);
      }
    }
    HWY_UNROLL(16)
    for (int r = 0; r < kRows; ++r) {
      const auto value = hn::Set(d, a[r * a_stride + k]);
      HWY_UNROLL(16)
      for (int v = 0; v < kWide; ++v) sum[r][v] = hn::MulAdd(value, row[v], sum[r][v]);
    }
  }
  HWY_UNROLL(16)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(16)
    for (int v = 0; v < kWide; ++v) {
      float* const to = c + r * c_stride + v * lanes;
      hn::StoreU(add ? hn::Add(sum[r][v], hn::LoadU(d, to)) : sum[r][v], d, to);
    }
  }
}

template <int kRows>
void rows_of_panels(const TileProduct& p, int64_t first, int64_t panel, int64_t panels) {
  constexpr int kAtOnce = panels_at_once(kRows);
  const float* const a = p.a + first * p.a_stride;
  float* const c = p.c + first * p.c_stride;
  int64_t n = panel;
  for (; n + kAtOnce <= panel + panels; n += kAtOnce) {
    tile<kRows, kAtOnce>(a, p.a_stride, p.b + n * p.b_stride, p.b_stride, p.depth, c + n * kPanel, p.c_stride, p.add);
  }
  for (; n < panel + panels; ++n) {
    tile<kRows, 1>(a, p.a_stride, p.b + n * p.b_stride, p.b_stride, p.depth, c + n * kPanel, p.c_stride, p.add);
  }
}

template <int kRows>
void rows_of_panels(int64_t rows, const TileProduct& p, int64_t first, int64_t panel, int64_t panels) {
  if constexpr (kRows > 0) {
    if (rows == kRows) return rows_of_panels<kRows>(p, first, panel, panels);
    rows_of_panels<kRows - 1>(rows, p, first, panel, panels);
  }
}

// Rows in groups of nearly one size.  All of them pass a few panels while these are in the first cache.
void multiply(const TileProduct& p) {
  const int64_t groups = (p.rows + kMostRows - 1) / kMostRows;
  const int64_t panels_a_time = groups == 1 ? p.panels : panels_at_once(kMostRows);
  for (int64_t panel = 0; panel < p.panels; panel += panels_a_time) {
    for (int64_t g = 0; g < groups; ++g) {
      const int64_t first = p.rows * g / groups, rows = p.rows * (g + 1) / groups - first;
      rows_of_panels<kMostRows>(rows, p, first, panel, std::min(panels_a_time, p.panels - panel));
    }
  }
}

}  // namespace recur::engine::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace recur::engine::cpu {

HWY_EXPORT(multiply);

void multiply_tiles(const TileProduct& product) {
  HWY_DYNAMIC_DISPATCH(multiply)(product);
}

}  // namespace recur::engine::cpu
#endif
