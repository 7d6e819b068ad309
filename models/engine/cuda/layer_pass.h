// One layer and direction over a whole batch on a GPU: ATen's GEMMs before and after, and between them either one
// launch for all steps, or for each step a GEMM and a kernel.
#pragma once

#include <optional>
#include <vector>

#include <torch/types.h>

#include "models/engine/cell_type.h"
#include "models/engine/cuda/persistent.h"
#include "models/engine/cuda/step.h"
#include "models/engine/layer.h"

namespace recur::engine::cuda {

/// What runs a cell.
struct Kernels {
  StepKernels step;
  PersistentKernels persistent = {};  ///< null: never
  Capacity (*capacity)() = nullptr;   ///< of the current device
};

/// Of cell number `cell` of the catalog; empty unless has_device_kernels().
Kernels kernels_on_device(size_t cell);

/// Everything is enqueued on the device's current stream.  Of a ragged batch each step runs the sequences alive.
class LayerPass {
 public:
  /// By which way the recurrence runs: all steps in one launch if it can, or where it is expected to be quicker.
  enum class Way { kQuicker, kPersistent, kSteps };

  struct Options {
    bool reverse = false;
    at::ScalarType gemm = at::kFloat;  ///< what the GEMMs read; they add up in f32, and states stay f32
    Way way = Way::kQuicker;
  };

  /// `kernels` are those of `cell`; host_kernels for tensors on the CPU.
  LayerPass(const CellType& cell, Kernels kernels, const LayerParameters& parameters, std::vector<int64_t> rows,
            Options options);

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
  /// `gradients` are of the output and of each last state; undefined: 0.
  Gradients backward(const torch::Tensor& x, const std::vector<torch::Tensor>& kept,
                     const std::vector<torch::Tensor>& gradients, bool of_x) const;

 private:
  /// A factor of product().
  torch::Tensor factor(const torch::Tensor& tensor) const { return tensor.to(options_.gemm); }
  torch::Tensor product(const torch::Tensor& a, const torch::Tensor& b) const;
  torch::Tensor input_product(const torch::Tensor& x) const;  ///< W x + b
  std::array<const float*, kMostUnits> unit_pointers() const;
  /// The current stream of the tensors' device, for kernels; null on the CPU.
  void* stream() const;

  /// How to run all steps in one launch, if they are to be.
  std::optional<Spread> find_spread(int64_t depth, int64_t per_unit) const;
  /// Calls run(course); what it points to is enqueued before this returns.
  /// @param given  see Course
  template <class Run>
  void persist(const Spread& spread, int64_t depth, const std::vector<torch::Tensor>& given, Run run) const;

  std::vector<torch::Tensor> run_forward(StepForward whole, const std::vector<torch::Tensor>& initial) const;
  std::vector<torch::Tensor> run_backward(StepBackward whole, const torch::Tensor& h_products,
                                          const std::vector<torch::Tensor>& of_last) const;
  /// Calls run(first packed row of a step, sequences alive) in the order of the recurrence.
  template <class Run>
  void for_each_step(bool backward, Run run) const;

  Kernels kernels_;
  std::vector<int64_t> rows_, offsets_;  // [T]
  Options options_;
  int64_t H_;
  Widths widths_;
  torch::Tensor weight_ih_, weight_hh_, bias_ih_, bias_hh_;
  std::vector<torch::Tensor> units_;
};

}  // namespace recur::engine::cuda
