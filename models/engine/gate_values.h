// Which value of a cell's program is a gate: what a printer names after it and a probe shows.
#pragma once

#include <string>
#include <vector>

#include "models/engine/program.h"

namespace recur::engine {

struct GateValue {
  int value = -1;               ///< its number in the program; -1: the gate's maps are nowhere used
  bool has_activation = false;  ///< otherwise the value is the sum of the gate's maps, or its input map alone
};

/// Of each gate the value that bears its name: the activation that closes over the maps of this gate only, so that in
/// f = sigmoid(W.f(x) + U.f(h)) it is the sigmoid, and in p = exp(-abs(W.p(x))) the exp.
std::vector<GateValue> gate_values(const Program& program);

}  // namespace recur::engine
