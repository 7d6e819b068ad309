// One layer and direction over a whole batch by the fused steps: GEMMs, the loop over time, and its reverse.
#pragma once

#include <vector>

#include <torch/types.h>

#include "models/engine/cell_type.h"
#include "models/engine/cpu/gemm.h"
#include "models/engine/cpu/step.h"
#include "models/engine/gate_use.h"
#include "models/engine/layer.h"

namespace recur::engine::cpu {

class LayerPass {
 public:
  /// Packs the weights.  All tensors are f32 on the CPU.
  enum class Way { kForward, kBackward };
  LayerPass(Way way, const CellType& cell, const LayerParameters& parameters, std::vector<int64_t> rows, bool reverse);

  struct Forward {
    std::vector<torch::Tensor> outputs;  ///< h [N, H], then each state's last [B, H]
    std::vector<torch::Tensor> kept;     ///< for backward: sums, apart, each state before each step
  };
  /// @param x  [N, D]  @param initial  each [B, H]
  Forward forward(const torch::Tensor& x, const std::vector<torch::Tensor>& initial) const;

  struct Gradients {
    LayerParameters parameters;
    torch::Tensor x;  ///< undefined unless asked for
    std::vector<torch::Tensor> initial;
  };
  /// @param gradients  of forward's outputs
  Gradients backward(const torch::Tensor& x, const std::vector<torch::Tensor>& kept,
                     const std::vector<torch::Tensor>& gradients, bool of_x) const;

 private:
  /// Sequences [first, last) of the batch: what one thread runs.
  struct Part {
    int64_t first, last;
  };
  /// Of the part's sequences those alive at step t.
  struct Alive {
    int64_t row;    ///< of the packed batch: the step's own first, plus the part's
    int64_t count;  ///< 0 or more
  };

  std::vector<Part> parts() const;
  int64_t step_at(int64_t place) const { return reverse_ ? steps() - 1 - place : place; }
  int64_t steps() const { return static_cast<int64_t>(rows_.size()); }
  Alive alive(const Part& part, int64_t step) const;
  StepRows step_rows(const std::vector<torch::Tensor>& kept, int64_t row, int64_t count) const;
  void run(const Part& part, const std::vector<torch::Tensor>& initial, const std::vector<torch::Tensor>& kept,
           const torch::Tensor& output, const std::vector<torch::Tensor>& last) const;
  void run_back(const Part& part, const std::vector<torch::Tensor>& kept, const torch::Tensor& output_gradient,
                const std::vector<torch::Tensor>& state_gradients, const torch::Tensor& sums_gradient,
                const torch::Tensor& apart_gradient, const torch::Tensor& units_gradient) const;

  /// Rows of a packed parameter [G*H, ...] -> [blocks * gates * kBlock, ...], those of `gates` only, zero where padded.
  torch::Tensor to_blocks(const torch::Tensor& packed, const int8_t* gates, int count) const;
  /// The way back, added into the gates' rows of `packed`.
  void from_blocks(const torch::Tensor& blocks, const int8_t* gates, int count, const torch::Tensor& packed) const;
  /// [B, H] -> [B, padded H].
  torch::Tensor pad(const torch::Tensor& states) const;
  torch::Tensor unpad(const torch::Tensor& states) const;

  int64_t summed_columns() const { return blocks_ * use_.summed_count * kBlock; }
  int64_t apart_columns() const { return blocks_ * use_.apart_count * kBlock; }

  const CellType& cell_;
  GateUse use_;
  StepKernels kernels_;
  std::vector<int64_t> rows_, offsets_;  // [T] of each step: sequences alive, and rows before it
  bool reverse_;
  int64_t H_, blocks_, padded_;
  LayerParameters parameters_;
  torch::Tensor bias_, bias_apart_;   // [summed + apart columns], [apart columns]; zeros where the layer has none
  std::vector<torch::Tensor> units_;  // [padded H]
  // Forward W^T [D, summed + apart columns] and U^T [H, columns]; backward W and U themselves, padded to whole blocks.
  Panels input_, recurrent_, recurrent_apart_;
};

}  // namespace recur::engine::cpu
