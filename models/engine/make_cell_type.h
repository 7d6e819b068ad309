// From a cell's struct to its run-time value: the one place where everything that is known of a cell is gathered.
#pragma once

#include <string>
#include <vector>

#include "models/engine/cell_type.h"
#include "models/engine/program.h"
#include "models/engine/reference.h"

namespace recur::engine {

/// @param kernels  the cell's fused steps: cpu/step-inl.h compiles them
template <class Cell>
CellType make_cell_type(cpu::StepKernels (*kernels)()) {
  const auto strings = [](const auto& names) { return std::vector<std::string>(names.begin(), names.end()); };
  return {
      .text = Cell::kText,
      .gates = strings(member_names<typename Cell::template Gates<Tag>>()),
      .states = strings(member_names<typename Cell::template State<Tag>>()),
      .units = strings(member_names<UnitsOf<Cell, Tag>>()),
      .program = record<Cell>(),
      .reference = &reference_steps<Cell>,
      .kernels = kernels,
  };
}

}  // namespace recur::engine
