// One layer, direction and batch by the fused engine, as autograd sees it.
#pragma once

#include <cstdint>
#include <vector>

#include <torch/types.h>

#include "models/engine/cell_type.h"
#include "models/engine/cpu/gradient_ledger.h"
#include "models/engine/cpu/weights.h"
#include "models/engine/layer.h"

namespace recur::engine {

/// What does not change between forward and backward, and is no tensor.
struct FusedCall {
  const CellType* cell = nullptr;
  cpu::PackedWeightsPtr weights;                   // on a CPU
  c10::intrusive_ptr<cpu::GradientLedger> ledger;  // of a layer that runs step by step; else null
  std::vector<int64_t> rows;
  bool reverse = false, recompute = false, bias = true;
  int64_t shares = 1;                // of the batch
  at::ScalarType gemm = at::kFloat;  // what GEMMs on a GPU read; on a CPU the weights know

  /// Tensors in the list that autograd sees.
  int64_t inputs() const { return 3 + (bias ? 2 : 0) + static_cast<int64_t>(cell->units.size() + cell->states.size()); }
};

/// The layer's tensors in one list, as autograd wants them: x, weight_ih, weight_hh, bias_ih and bias_hh if there
/// are any, units, states.
std::vector<torch::Tensor> to_list(const LayerParameters& parameters, const torch::Tensor& x,
                                   const std::vector<torch::Tensor>& initial);

/// What GEMMs are to read: under autocast bf16, on a GPU also f16.
at::ScalarType gemm_type(torch::Device device);

/// Whether autograd will want a gradient.
bool is_recorded(const std::vector<torch::Tensor>& inputs);

/// Forward, and where a gradient will be wanted on autograd's tape.  Shares and the GEMMs' type are filled in here.
LayerResult run_fused_call(FusedCall call, const LayerParameters& parameters, const torch::Tensor& x,
                           const std::vector<torch::Tensor>& initial);

}  // namespace recur::engine
