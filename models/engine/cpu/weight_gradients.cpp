#include "models/engine/cpu/weight_gradients.h"

#include <algorithm>
#include <array>

#include <ATen/ops/zeros.h>

#include "core/parallel.h"
#include "models/engine/cpu/aligned.h"

namespace recur::engine::cpu {
namespace {

constexpr int64_t kDepth = 256;  // rows at a time, so that their panels stay in the second cache

/// What W or U of a gate was multiplied with.
enum class Of { kX, kH, kArgument };

/// One panel of columns of the products' gradients: a gate's of one block of units.
struct Column {
  bool is_apart;  ///< of U h alone
  std::vector<Of> factors;
  int64_t offset;  ///< in a row
  int64_t to;      ///< row of the weights that the first of them belongs to
  int64_t units;   ///< of the block
};

std::vector<Column> columns_of(const LayerShape& shape) {
  std::vector<Column> columns;
  const auto add = [&](bool is_apart, const std::vector<Of>& factors, const auto& gates, int64_t count,
                       int64_t offset) {
    for (int64_t block = 0; block < shape.blocks; ++block) {
      for (int64_t k = 0; k < count; ++k) {
        columns.push_back({.is_apart = is_apart,
                           .factors = factors,
                           .offset = offset + (block * count + k) * kPanel,
                           .to = gates[k] * shape.H + block * kPanel,
                           .units = std::min(kPanel, shape.H - block * kPanel)});
      }
    }
  };
  add(false, {Of::kX, Of::kH}, shape.use.summed, shape.summed(), 0);
  add(false, {Of::kX}, shape.use.apart, shape.apart(), shape.summed() * shape.padded());
  add(true, {Of::kH}, shape.use.apart, shape.apart(), 0);
  add(false, {Of::kX, Of::kArgument}, shape.use.late, shape.late(), shape.late_offset());
  return columns;
}

AlignedFloats panels_for(int64_t width) {
  return aligned_floats((width + kPanel - 1) / kPanel * kPanel * kDepth);
}

/// Some rows of a column.
struct Slice {
  alignas(64) std::array<float, kDepth * kPanel> panel;  ///< [depth, kPanel]
  int64_t depth;
  std::array<float, kPanel> sum;  ///< over the rows
};

void take_rows(Numbers numbers, const float* from, int64_t stride, int64_t rows, Slice& slice) {
  std::array<float, kPanel> sum{};
  for (int64_t k = 0; k < rows; ++k) {
    std::array<float, kPanel> row;
    std::copy_n(from + k * stride, kPanel, row.begin());
    if (numbers == Numbers::kF32) std::copy_n(row.begin(), kPanel, slice.panel.data() + k * kPanel);
    for (size_t c = 0; c < kPanel; ++c) sum[c] += row[c];
  }
  for (int64_t k = 0; k < rows && numbers != Numbers::kF32; k += 2) {
    const auto* const first = from + k * stride;
    round_two_rows(numbers, first, k + 1 < rows ? first + stride : nullptr,
                   slice.panel.data() + room_of(numbers, k) * kPanel);
  }
  slice.depth = room_of(numbers, rows);
  slice.sum = sum;
}

/// Adds to the gradients of a weight and its bias those of a column with the panels of `width` numbers that the weight
/// was multiplied with.
void add_products(Numbers numbers, const Column& column, const Slice& slice, const float* panels, int64_t width,
                  float* weight, float* bias) {
  multiply_tiles({.numbers = numbers,
                  .rows = column.units,
                  .depth = slice.depth,
                  .columns = width,
                  .a = slice.panel.data(),
                  .a_is_panel = true,
                  .b = panels,
                  .b_stride = slice.depth * kPanel,
                  .c = weight + column.to * width,
                  .c_stride = width,
                  .add = true});
  for (int64_t c = 0; c < column.units; ++c) bias[column.to + c] += slice.sum[c];
}

struct To {
  float *weight_ih, *weight_hh, *bias_ih, *bias_hh;
};

/// Of some columns, by one thread.
void add_gradients(const LayerShape& shape, Numbers numbers, const std::vector<GradientRows>& all, const Column* first,
                   const Column* last, const To& to) {
  Slice slice;
  const auto x = panels_for(shape.D), h = panels_for(shape.H), argument = panels_for(shape.late() > 0 ? shape.H : 0);
  for (const auto& rows : all) {
    const auto count = static_cast<int64_t>(rows.x.size());
    const int64_t slices = (count + kDepth - 1) / kDepth;
    for (int64_t number = 0; number < slices; ++number) {
      const auto [begin, end] = portion(count, number, slices);
      pack_panels(numbers, rows.x.data() + begin, end - begin, shape.D, x.get());
      pack_panels(numbers, rows.h.data() + begin, end - begin, shape.H, h.get());
      if (shape.late() > 0) pack_panels(numbers, rows.argument.data() + begin, end - begin, shape.H, argument.get());
      for (const auto* column = first; column != last; ++column) {
        const auto* const gradient = column->is_apart ? rows.apart_gradient : rows.sums_gradient;
        const int64_t stride = column->is_apart ? shape.apart_columns() : shape.columns();
        take_rows(numbers, gradient + begin * stride + column->offset, stride, end - begin, slice);
        for (const auto factor : column->factors) {
          if (factor == Of::kX) {
            add_products(numbers, *column, slice, x.get(), shape.D, to.weight_ih, to.bias_ih);
          } else {
            const auto& panels = factor == Of::kH ? h : argument;
            add_products(numbers, *column, slice, panels.get(), shape.H, to.weight_hh, to.bias_hh);
          }
        }
      }
    }
  }
}

}  // namespace

LayerParameters weight_gradients(const PackedWeights& weights, const std::vector<GradientRows>& rows,
                                 const torch::TensorOptions& options) {
  const auto& shape = weights.shape();
  const int64_t gates = shape.summed() + shape.apart() + shape.late();
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
  parallel_for_ranges(static_cast<int64_t>(columns.size()), [&](int64_t /*range*/, int64_t first, int64_t last) {
    add_gradients(shape, weights.numbers(), rows, columns.data() + first, columns.data() + last, to);
  });
  return found;
}

}  // namespace recur::engine::cpu
