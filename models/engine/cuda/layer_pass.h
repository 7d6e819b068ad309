// One layer and direction over a whole batch by the fused steps of a GPU: ATen's GEMMs, a kernel per step, its reverse.
#pragma once

#include <vector>

#include <torch/types.h>

#include "models/engine/cell_type.h"
#include "models/engine/cuda/step.h"
#include "models/engine/layer.h"

namespace recur::engine::cuda {

/// Everything is enqueued on the device's current stream.  Of a ragged batch each step runs the sequences alive.
class LayerPass {
 public:
  /// @param kernels  of `cell`; host_kernels for tensors on the CPU
  LayerPass(const CellType& cell, StepKernels kernels, const LayerParameters& parameters, std::vector<int64_t> rows,
            bool reverse);

  struct Forward {
    LayerResult result;
    std::vector<torch::Tensor> kept;  ///< for backward: products, those of the gates used apart, the states
  };
  /// @param x  [N, D] f32  @param initial  each [B, H]  @param keep  whether a backward pass will come
  Forward forward(const torch::Tensor& x, const std::vector<torch::Tensor>& initial, bool keep) const;

  struct Gradients {
    LayerParameters parameters;
    torch::Tensor x;  ///< undefined unless asked for
    std::vector<torch::Tensor> initial;
  };
  /// @param gradients  of the output and of each last state
  Gradients backward(const torch::Tensor& x, const std::vector<torch::Tensor>& kept,
                     const std::vector<torch::Tensor>& gradients, bool of_x) const;

 private:
  int64_t gates() const { return weight_hh_.size(0) / H_; }
  std::array<const float*, kMostUnits> unit_pointers() const;
  /// The current stream of the tensors' device, for kernels; null on the CPU.
  void* stream() const;

  const CellType& cell_;
  StepKernels kernels_;
  std::vector<int64_t> rows_, offsets_;  // [T]
  bool reverse_;
  int64_t H_, apart_;
  torch::Tensor weight_ih_, weight_hh_;
  torch::Tensor bias_x_, bias_h_;  // [G*H]: what the kernels expect in the products of x and of h
  std::vector<torch::Tensor> units_;
  bool has_bias_;
};

}  // namespace recur::engine::cuda
