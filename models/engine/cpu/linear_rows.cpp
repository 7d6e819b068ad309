#include "models/engine/cpu/linear_rows.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include <ATen/Parallel.h>

#include "core/parallel.h"
#include "models/engine/cpu/gemm.h"
#include "models/engine/cpu/gradient_panel.h"

namespace recur::engine::cpu {
namespace {

constexpr int64_t kColumnsAtOnce = 256;  // of y, whose weights then stay packed in the second cache
constexpr int64_t kInputsAtOnce = 512;   // the same of the rows of W

std::vector<int64_t> range(int64_t first, int64_t last) {
  std::vector<int64_t> numbers(last - first);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

/// Calls work(first, last) for ranges of [0, count), one a thread, which begin at multiples of `unit`.
template <class Work>
void for_ranges(int64_t count, int64_t unit, const Work& work) {
  const int64_t units = (count + unit - 1) / unit, parts = std::min<int64_t>(at::get_num_threads(), units);
  parallel_for_each(parts, [&](int64_t part) {
    work(units * part / parts * unit, std::min(count, units * (part + 1) / parts * unit));
  });
}

}  // namespace

void linear_rows(const LinearShape& shape, const float* x, const float* weight, const float* bias, float* y) {
  const auto& [N, D, V] = shape;
  for_ranges(V, kPanel, [&](int64_t begin, int64_t end) {
    for (int64_t v = begin; v < end; v += kColumnsAtOnce) {
      const int64_t last = std::min(end, v + kColumnsAtOnce);
      const auto panels = Panels::transposed(weight, D, range(v, last));
      if (bias != nullptr) {
        for (int64_t n = 0; n < N; ++n) std::copy(bias + v, bias + last, y + n * V + v);
      }
      panels.multiply({.rows = N, .a = x, .a_stride = D, .c = y + v, .c_stride = V, .add = bias != nullptr});
    }
  });
}

void linear_input_gradient(const LinearShape& shape, const float* of_y, const float* weight, float* of_x) {
  const auto& [N, D, V] = shape;
  for_ranges(N, 1, [&](int64_t begin, int64_t end) {
    for (int64_t v = 0; v < V; v += kInputsAtOnce) {
      const auto panels = Panels::of_rows(weight, D, range(v, std::min(V, v + kInputsAtOnce)));
      panels.multiply({.rows = end - begin,
                       .a = of_y + begin * V + v,
                       .a_stride = V,
                       .c = of_x + begin * D,
                       .c_stride = D,
                       .add = v > 0});
    }
  });
}

void linear_weight_gradient(const LinearShape& shape, const float* of_y, const float* x, float* of_weight,
                            float* of_bias) {
  const auto& [N, D, V] = shape;
  std::vector<const float*> rows;
  for (int64_t n = 0; n < N; ++n) rows.push_back(x + n * D);
  for_ranges(V, kPanel, [&](int64_t begin, int64_t end) {
    // Rows of y lie pages apart: each is visited for several panels at once.
    std::array<GradientPanel, 4> gradients;
    constexpr auto kColumns = static_cast<int64_t>(gradients.size()) * kPanel;
    const auto panels = panels_for(D);
    const int64_t slices = (N + kDepth - 1) / kDepth;
    for (int64_t slice = 0; slice < slices; ++slice) {
      const int64_t n = N * slice / slices, depth = N * (slice + 1) / slices - n;
      pack_rows(rows.data() + n, depth, D, panels.get());
      for (int64_t group = begin; group < end; group += kColumns) {
        const int64_t columns = std::min(kColumns, end - group);
        gather(of_y + n * V + group, V, depth, columns, gradients);
        for (int64_t v = 0; v < columns; v += kPanel) {
          const auto& gradient = gradients[v / kPanel];
          const int64_t count = std::min(kPanel, columns - v);
          gradient.add_product(count, panels.get(), D, of_weight + (group + v) * D);
          if (of_bias == nullptr) continue;
          for (int64_t c = 0; c < count; ++c) of_bias[group + v + c] += gradient.sums()[c];
        }
      }
    }
  });
}

}  // namespace recur::engine::cpu
