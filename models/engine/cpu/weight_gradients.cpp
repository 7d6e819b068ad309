#include "models/engine/cpu/weight_gradients.h"

#include <algorithm>
#include <array>

#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>

#include "core/parallel.h"
#include "models/engine/cpu/aligned.h"

namespace recur::engine::cpu {
namespace {

constexpr int64_t kDepth = 256;  // rows at a time, so that their panels stay in the second cache

/// One panel of columns of the products' gradients: a gate's of one block of units.
struct Column {
  bool is_apart;  ///< of U h alone
  bool of_x, of_h;
  int64_t offset;  ///< in a row
  int64_t to;      ///< row of the weights that the first of them belongs to
  int64_t units;   ///< of the block
};

std::vector<Column> columns_of(const LayerShape& shape) {
  std::vector<Column> columns;
  const auto add = [&](bool is_apart, bool of_x, bool of_h, const auto& gates, int64_t count, int64_t offset) {
    for (int64_t block = 0; block < shape.blocks; ++block) {
      for (int64_t k = 0; k < count; ++k) {
        columns.push_back({.is_apart = is_apart,
                           .of_x = of_x,
                           .of_h = of_h,
                           .offset = offset + (block * count + k) * kPanel,
                           .to = gates[k] * shape.H + block * kPanel,
                           .units = std::min(kPanel, shape.H - block * kPanel)});
      }
    }
  };
  add(false, true, true, shape.use.summed, shape.summed(), 0);
  add(false, true, false, shape.use.apart, shape.apart(), shape.summed() * shape.padded());
  add(true, false, true, shape.use.apart, shape.apart(), 0);
  return columns;
}

/// Rows of `width` floats -> panels of [rows, kPanel], anything behind the last column.
void pack(const float* const* rows, int64_t count, int64_t width, float* panels) {
  for (int64_t k = 0; k < count; ++k) {
    for (int64_t n = 0; n < width; n += kPanel) {
      std::copy_n(rows[k] + n, std::min(kPanel, width - n), panels + n * count + k * kPanel);
    }
  }
}

AlignedFloats panels_for(int64_t width) {
  return aligned_floats((width + kPanel - 1) / kPanel * kPanel * kDepth);
}

struct To {
  float *weight_ih, *weight_hh, *bias_ih, *bias_hh;
};

/// Of some columns, by one thread.
void add_gradients(const LayerShape& shape, const std::vector<GradientRows>& all, const Column* first,
                   const Column* last, const To& to) {
  const int64_t stride = shape.columns(), apart_stride = shape.apart_columns();
  alignas(64) std::array<float, kDepth * kPanel> gradient;
  const auto x = panels_for(shape.D), h = panels_for(shape.H);
  for (const auto& rows : all) {
    const auto count = static_cast<int64_t>(rows.x.size());
    const int64_t slices = (count + kDepth - 1) / kDepth;
    for (int64_t slice = 0; slice < slices; ++slice) {
      const int64_t begin = count * slice / slices, depth = count * (slice + 1) / slices - begin;
      pack(rows.x.data() + begin, depth, shape.D, x.get());
      pack(rows.h.data() + begin, depth, shape.H, h.get());
      for (const auto* column = first; column != last; ++column) {
        const auto* from = column->is_apart ? rows.apart_gradient + begin * apart_stride + column->offset
                                            : rows.sums_gradient + begin * stride + column->offset;
        std::array<float, kPanel> sum{};
        for (int64_t k = 0; k < depth; ++k, from += column->is_apart ? apart_stride : stride) {
          std::array<float, kPanel> row;
          std::copy_n(from, kPanel, row.begin());
          std::copy_n(row.begin(), kPanel, gradient.data() + k * kPanel);
          for (size_t c = 0; c < kPanel; ++c) sum[c] += row[c];
        }
        TileProduct product{.rows = column->units,
                            .depth = depth,
                            .columns = shape.D,
                            .a = gradient.data(),
                            .a_is_panel = true,
                            .b = x.get(),
                            .b_stride = depth * kPanel,
                            .c = to.weight_ih + column->to * shape.D,
                            .c_stride = shape.D,
                            .add = true};
        if (column->of_x) {
          multiply_tiles(product);
          for (int64_t c = 0; c < column->units; ++c) to.bias_ih[column->to + c] += sum[c];
        }
        if (column->of_h) {
          product.columns = product.c_stride = shape.H;
          product.b = h.get();
          product.c = to.weight_hh + column->to * shape.H;
          multiply_tiles(product);
          for (int64_t c = 0; c < column->units; ++c) to.bias_hh[column->to + c] += sum[c];
        }
      }
    }
  }
}

}  // namespace

LayerParameters weight_gradients(const LayerShape& shape, const std::vector<GradientRows>& rows,
                                 const torch::TensorOptions& options) {
  const int64_t gates = shape.summed() + shape.apart();
  LayerParameters found{.weight_ih = at::zeros({gates * shape.H, shape.D}, options),
                        .weight_hh = at::zeros({gates * shape.H, shape.H}, options),
                        .bias_ih = at::zeros({gates * shape.H}, options),
                        .bias_hh = at::zeros({gates * shape.H}, options),
                        .units = {}};
  const To to{.weight_ih = found.weight_ih.mutable_data_ptr<float>(),
              .weight_hh = found.weight_hh.mutable_data_ptr<float>(),
              .bias_ih = found.bias_ih.mutable_data_ptr<float>(),
              .bias_hh = found.bias_hh.mutable_data_ptr<float>()};
  const auto columns = columns_of(shape);
  const auto number = static_cast<int64_t>(columns.size());
  const int64_t threads = std::min<int64_t>(at::get_num_threads(), number);
  parallel_for_each(threads, [&](int64_t k) {
    add_gradients(shape, rows, columns.data() + number * k / threads, columns.data() + number * (k + 1) / threads, to);
  });
  return found;
}

}  // namespace recur::engine::cpu
