// A layer's weights as the fused steps read them.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include <torch/custom_class.h>
#include <torch/types.h>

#include "models/engine/cell_type.h"
#include "models/engine/cpu/gemm.h"
#include "models/engine/gate_use.h"
#include "models/engine/layer.h"

namespace recur::engine::cpu {

/// Sizes of one layer in one direction, and where its gates stand in a row of products (cpu/step.h).
struct LayerShape {
  LayerShape(const CellType& cell, const LayerParameters& parameters);

  GateUse use;
  int64_t D, H, blocks;

  int64_t padded() const { return blocks * kPanel; }
  /// Panels of the products of one block of units.
  int64_t summed() const { return use.summed_count; }
  int64_t apart() const { return use.apart_count; }
  int64_t late() const { return use.late_count; }
  int64_t late_offset() const { return (summed() + apart()) * padded(); }  ///< of their first column
  int64_t columns() const { return late_offset() + late() * padded(); }    ///< of W x
  int64_t apart_columns() const { return apart() * padded(); }             ///< of U h of the gates used apart
  /// The rows of a packed parameter [G*H, ..] in the order of the products' columns; -1 behind the last unit.
  std::vector<int64_t> summed_rows() const { return rows_of(use.summed, use.summed_count); }
  std::vector<int64_t> apart_rows() const { return rows_of(use.apart, use.apart_count); }
  std::vector<int64_t> late_rows() const { return rows_of(use.late, use.late_count); }
  std::vector<int64_t> all_rows() const;

 private:
  std::vector<int64_t> rows_of(const std::array<int8_t, GateUse::kCapacity>& gates, int count) const;
};

/// Packed once, and of use for as long as the parameters stay as they are.
class PackedWeights : public torch::CustomClassHolder {
 public:
  /// `parameters` are f32 on the CPU; `numbers`: of all products.
  PackedWeights(const CellType& cell, const LayerParameters& parameters, Numbers numbers = Numbers::kF32);

  struct Forward {
    Panels input;                         ///< W^T [D, columns]
    Panels recurrent, apart, late;        ///< U^T of the summed, apart and late gates [H, ..]
    std::vector<float> bias, apart_bias;  ///< b + c (of gates used apart b) and c; zeros where the layer has none
    std::vector<torch::Tensor> units;     ///< [H] each, contiguous
  };
  struct Backward {
    Panels input, recurrent, apart, late;  ///< W [columns, D], U [.., H]
  };

  const LayerShape& shape() const { return shape_; }
  Numbers numbers() const { return numbers_; }
  const Forward& forward() const { return forward_; }
  const Backward& backward() const;

  /// Whether these parameters are those that were packed, number for number.  (To compare versions would not do:
  /// LibTorch's own optimizers write through data(), which leaves the version as it was.)
  bool is_of(const LayerParameters& parameters) const;

 private:
  LayerShape shape_;
  Numbers numbers_;
  std::vector<uint64_t> fingerprints_;
  torch::Tensor weight_ih_, weight_hh_;
  Forward forward_;
  mutable std::once_flag packed_;
  mutable Backward backward_;
};

using PackedWeightsPtr = c10::intrusive_ptr<PackedWeights>;

}  // namespace recur::engine::cpu
