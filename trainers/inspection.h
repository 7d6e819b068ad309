// A run looked into: what went on in every recurrent layer while it predicted.
#pragma once

#include <string>
#include <vector>

#include <torch/types.h>

#include <nlohmann/json.hpp>

#include "models/engine/cell_type.h"
#include "models/sequence/cell_trace.h"
#include "trainers/experiment.h"

namespace recur {

/// One layer in one direction.  T steps, H units; tensors are f64 on the CPU.
struct InspectedLayer {
  std::string part;  ///< of the model, e.g. "encoder.recurrent"
  int64_t layer = 0;
  bool reverse = false;
  const engine::CellType* cell = nullptr;
  std::vector<std::string> texts = {};  ///< [T] what each step read; empty: not known
  CellTrace trace;
  torch::Tensor flow;                           ///< [T] gradient_flow of the trained layer
  torch::Tensor untrained_rnn, untrained_lstm;  ///< [T] of fresh layers as wide, before the same input

  int64_t steps() const { return trace.states.front().size(0); }
  int64_t units() const { return trace.states.front().size(1); }
  /// "encoder.recurrent, layer 2, backwards".
  std::string title() const;
  /// The position of the gate that keeps the state, or that overwrites it; -1 without such a gate.
  int64_t memory_gate() const;
  /// Whether the gate is a sigmoid, which lets pass 0 to 1 of something.
  bool is_open_or_shut(int64_t gate) const;
};

struct Inspection {
  nlohmann::ordered_json prediction;  ///< Experiment::predict's
  std::vector<InspectedLayer> layers;
};

/// The forget bias of the untrained LSTM that stands beside (Jozefowicz, Zaremba, Sutskever 2015).
inline constexpr double kUsualForgetBias = 1.0;
/// A gate is shut below the one and open above the other (Karpathy, Johnson, Fei-Fei 2015, figure 3).
inline constexpr double kShut = 0.1, kOpen = 0.9;

/// Predicts and looks on.  Of several inputs that are read at once the longest is seen, and of several the first.
/// Untrained layers are drawn from torch's generator.
/// @throws ConfigError if the model has no recurrent layer, or if there was nothing to read.
Inspection inspect(Experiment& experiment, const PredictRequest& request);

/// How many steps back `flow` is still at least `share`.
int64_t steps_back(const InspectedLayer& layer, const torch::Tensor& flow, double share);

/// All numbers: {"prediction", "layers": [{"part", "layer", "direction", "cell", "steps", "units", "texts", "gates":
/// {NAME: {"values" [T][H], "mean" [T], "shut" [H], "open" [H]}}, "states": {NAME: {"values"}}, "gradient_flow":
/// {"trained" [T], "untrained_rnn", "untrained_lstm"}}]}.  "shut" and "open", each unit's shares of steps below 0.1 and
/// above 0.9, and "mean" are told of sigmoid gates.
nlohmann::ordered_json inspection_json(const Inspection& inspection);

}  // namespace recur
