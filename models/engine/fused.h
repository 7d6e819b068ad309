// The fused engine on a CPU: a cell's program, recorded from its `step`, run on tiles of hidden units by SIMD, and its
// reverse for the gradients.  f32.  Held against the reference engine (tests/conformance/fused.cpp).
#pragma once

#include <vector>

#include "models/engine/cell_type.h"
#include "models/engine/layer.h"
#include "models/engine/program.h"

namespace recur::engine {

/// What the fused engine asks of a cell and of what it is given; everything else is the reference engine's.
bool can_fuse(const Program& program);
bool can_fuse(const LayerParameters& parameters, const PackedSequences& x, const std::vector<torch::Tensor>& initial);

/// One layer and direction over a batch; see CellType::run.
///
/// The products W x of all steps are one GEMM; each step adds U h and runs the program.  The batch is split over
/// LibTorch's threads; the same input and number of threads give the same bits.  For a backward pass one keeps, for
/// each step and unit, the products of each gate (two for a gate that is used apart, e.g. the GRU's candidate) and each
/// state before the step, all f32: for an LSTM 6 numbers, beside the output.  The gradient can be differentiated again:
/// then it is computed anew by the reference engine.
/// @pre can_fuse of the program and of the tensors
LayerResult run_fused(const CellType& cell, const LayerParameters& parameters, const PackedSequences& x,
                      const std::vector<torch::Tensor>& initial, bool reverse);

}  // namespace recur::engine
