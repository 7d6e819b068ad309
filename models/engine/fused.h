// The fused engine: a cell's program, recorded from its `step`, run on tiles of hidden units by SIMD, or by a GPU's
// threads where the project is built with CUDA, and its reverse for the gradients.  f32.  Held against the reference
// engine (tests/conformance/fused.cpp).
#pragma once

#include <mutex>
#include <vector>

#include "models/engine/cell_type.h"
#include "models/engine/cpu/gradient_ledger.h"
#include "models/engine/cpu/weights.h"
#include "models/engine/layer.h"
#include "models/engine/program.h"

namespace recur::engine {

/// What the fused engine asks of a cell and of what it is given; everything else is the reference engine's.
bool can_fuse(const Program& program);
bool can_fuse(const CellType& cell, const LayerParameters& parameters, const PackedSequences& x,
              const std::vector<torch::Tensor>& initial);

/// The packed weights of one layer and direction between calls, for as long as the parameters stay as they are.
/// Several threads may use it at once.  A copy begins empty: it is another layer's.
class WeightCache {
 public:
  WeightCache() = default;
  WeightCache(const WeightCache& /*other*/) : WeightCache() {}
  WeightCache& operator=(const WeightCache& /*other*/) { return *this; }

  /// For products that read `gemm`: f32 or bf16.
  cpu::PackedWeightsPtr packed(const CellType& cell, const LayerParameters& parameters, at::ScalarType gemm);

 private:
  std::mutex mutex_;
  cpu::PackedWeightsPtr weights_;
};

/// One layer and direction over a batch; see CellType::run.
///
/// The products W x of some steps ahead are one GEMM; each step adds U h and runs the program.  Threads take shares of
/// the batch, or where it is small shares of the units; the same input and number of threads give the same bits.  For a
/// backward pass one keeps, for each step and unit, the products of each gate (two for a gate that is used apart, e.g.
/// the GRU's candidate), each state but h before the step, and what late gates read (gate_use.h), all f32: for an LSTM
/// 5 numbers, beside the output; with `recompute` not the products (for an LSTM 1 number), which are computed again.
/// Under autocast to bf16 products read bf16 and add up in f32.  The gradient can be differentiated again: then it is
/// computed anew by the reference engine.  On a GPU all states are kept, h too, and `recompute` is not heeded.
/// @pre can_fuse
LayerResult run_fused(const CellType& cell, const LayerParameters& parameters, const PackedSequences& x,
                      const std::vector<torch::Tensor>& initial, bool reverse, bool recompute, WeightCache& cache);

/// A layer that runs one step at a time within a forward pass, where a step reads what the one before brought about, as
/// a decoder with attention does.  The weights are looked at once, and their gradients are one product over all steps.
class FusedSteps {
 public:
  /// @pre can_fuse of the cell, the parameters and whatever a step is given
  FusedSteps(const CellType& cell, const LayerParameters& parameters, WeightCache& cache);

  /// @param x  [B, D]  @param state  each [B, H]  @returns  the state behind the step
  std::vector<torch::Tensor> step(const torch::Tensor& x, const std::vector<torch::Tensor>& state);

 private:
  const CellType& cell_;
  LayerParameters parameters_;  // on a CPU stand-ins, whose gradients come from the ledger
  cpu::PackedWeightsPtr weights_;
  c10::intrusive_ptr<cpu::GradientLedger> ledger_;
};

}  // namespace recur::engine
