// Tiles of sums in registers, and how they cover a product.  tiles.cpp reads it inside of a namespace for each
// instruction set, each of which has its own
//   Vector        the tag of at most kPanel floats, or pairs of bf16 in the room of a float
//   multiply_add  (value, row, sum) -> sum + value * row
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

/// Values of A: of row r at depth k.
struct Rows {
  const float* HWY_RESTRICT data;
  int64_t stride;
  HWY_INLINE float at(int64_t r, int64_t k) const { return data[r * stride + k]; }
};
struct Panel {
  const float* HWY_RESTRICT data;
  HWY_INLINE float at(int64_t r, int64_t k) const { return data[k * kPanel + r]; }
};

template <int kRows, int kPanels, class A>
HWY_INLINE void tile(A a, const float* HWY_RESTRICT b, int64_t b_stride, int64_t depth, float* HWY_RESTRICT c,
                     int64_t c_stride, bool add) {
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
      const auto value = hn::Set(d, a.at(r, k));
      HWY_UNROLL(16)
      for (int v = 0; v < kWide; ++v) sum[r][v] = multiply_add(value, row[v], sum[r][v]);
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

/// Rows from `first` with panels [panel, end).
template <int kRows, class A>
void multiply_rows(const TileProduct& p, A a, int64_t first, int64_t panel, int64_t end) {
  constexpr int kAtOnce = panels_at_once(kRows);
  float* const c = p.c + first * p.c_stride;
  const int64_t whole = std::min(end, p.columns / kPanel);
  for (; panel + kAtOnce <= whole; panel += kAtOnce) {
    tile<kRows, kAtOnce>(a, p.b + panel * p.b_stride, p.b_stride, p.depth, c + panel * kPanel, p.c_stride, p.add);
  }
  if constexpr (kAtOnce > 2) {
    for (; panel + 2 <= whole; panel += 2) {
      tile<kRows, 2>(a, p.b + panel * p.b_stride, p.b_stride, p.depth, c + panel * kPanel, p.c_stride, p.add);
    }
  }
  for (; panel < whole; ++panel) {
    tile<kRows, 1>(a, p.b + panel * p.b_stride, p.b_stride, p.depth, c + panel * kPanel, p.c_stride, p.add);
  }
  if (panel == end) return;
  float last[kRows * kPanel];  // of which C has only the first columns
  tile<kRows, 1>(a, p.b + panel * p.b_stride, p.b_stride, p.depth, last, kPanel, /*add=*/false);
  for (int64_t r = 0; r < kRows; ++r) {
    for (int64_t n = panel * kPanel; n < p.columns; ++n) {
      float& to = c[r * p.c_stride + n];
      to = (p.add ? to : 0) + last[r * kPanel + n - panel * kPanel];
    }
  }
}

template <int kRows>
void multiply_rows(int64_t rows, const TileProduct& p, int64_t first, int64_t panel, int64_t end) {
  if constexpr (kRows > 0) {
    if (rows != kRows) return multiply_rows<kRows - 1>(rows, p, first, panel, end);
    if (p.a_is_panel) return multiply_rows<kRows>(p, Panel{p.a + first}, first, panel, end);
    multiply_rows<kRows>(p, Rows{p.a + first * p.a_stride, p.a_stride}, first, panel, end);
  }
}

// Rows in groups of nearly one size.  All of them pass a few panels while these are in the first cache.
void multiply(const TileProduct& p) {
  const int64_t groups = (p.rows + kMostRows - 1) / kMostRows, panels = (p.columns + kPanel - 1) / kPanel;
  const int64_t panels_a_time = groups == 1 ? panels : panels_at_once(kMostRows);
  for (int64_t panel = 0; panel < panels; panel += panels_a_time) {
    for (int64_t g = 0; g < groups; ++g) {
      const int64_t first = p.rows * g / groups, rows = p.rows * (g + 1) / groups - first;
      multiply_rows<kMostRows>(rows, p, first, panel, std::min(panels, panel + panels_a_time));
    }
  }
}
