// Inside a recurrent layer: its gates and states at every step, and how far back its gradient reaches.
#pragma once

#include <vector>

#include <torch/types.h>

#include "models/sequence/recurrent_probe.h"

namespace recur {

/// f64 on the CPU, steps in the order of time in either direction.
struct CellTrace {
  std::vector<torch::Tensor> gates;   ///< of each gate [T, H] (engine::gate_values), undefined if nothing is it
  std::vector<torch::Tensor> states;  ///< each of the cell's states [T, H], behind each step
};

/// Runs the cell's program once more over what the layer read.
CellTrace trace_cell(const LayerReading& reading);

/// As many units' gradients are taken, evenly spread: enough for a mean, and few for wide layers.
inline constexpr int64_t kFlowUnits = 16;

/// The gradient's way back through time [T], f64: for each step t the norm of the last output's gradient with respect
/// to the whole state s_t = (h_t, c_t, ...) that step t hands on,
///     sqrt(mean over k of |d h_T[k] / d s_t|^2),   k over at most `units` units,
/// which is 1 at the last step (in reverse: the first).  Along this layer's own time only: what it reads is held fixed.
/// Bengio, Simard, Frasconi 1994; Pascanu, Mikolov, Bengio 2013, equation 5.
torch::Tensor gradient_flow(const LayerReading& reading, int64_t units = kFlowUnits);

/// A layer of `cell` as wide as the one that read, with weights as they are first drawn from torch's generator,
/// put before what that one read.  `forget_bias` as in RecurrentOptions; a cell without such a gate is left alone.
LayerReading untrained(const LayerReading& reading, const std::string& cell, double forget_bias);

}  // namespace recur
