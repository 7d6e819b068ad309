// A cell as a run-time value: what the sequence layer, the program and the exports hold instead of a template argument.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "models/cells/cell.h"
#include "models/engine/cpu/step.h"
#include "models/engine/layer.h"
#include "models/engine/over_time.h"
#include "models/engine/program.h"

namespace recur::engine {

/// Made by make_cell_type (models/engine/make_cell_type.h), in one place from the cell's struct.
struct CellType {
  size_t number = 0;           ///< in all_cells()
  bool is_in_catalog = false;  ///< listed in models/cells/catalog.h: only such cells have CUDA kernels
  cells::CellText text{};
  std::vector<std::string> gates{};   ///< in the order of the packed weights
  std::vector<std::string> states{};  ///< the first is h
  std::vector<std::string> units{};   ///< per-unit parameters, e.g. p_i
  Program program{};

  Step (*reference)(const LayerParameters&, const PackedSequences&) = nullptr;  ///< reference.h: reference_steps
  cpu::StepKernels (*kernels)() = nullptr;  ///< the fused steps for the best instruction set that this machine has

  /// One layer and direction over a batch by the reference engine; `initial` is each state [B, H].
  LayerResult run(const LayerParameters& parameters, const PackedSequences& x,
                  const std::vector<torch::Tensor>& initial, bool reverse) const {
    return run_over_time(x.rows, initial, reverse, reference(parameters, x));
  }
};

/// All cells: those of models/cells/catalog.h, in its order, then those that add_cell has added.
const std::deque<CellType>& all_cells();

/// Makes a cell known that is not in the catalog, from a C++ program's own code or a plug-in's: from now on configs,
/// `list`, `describe` and every engine know it.  Not while other threads use recur; a reference to a cell stays valid.
/// @throws ConfigError for a name that is taken, or that is not lower case letters, digits and `_`
const CellType& add_cell(CellType cell);

/// The cells' names, in the order of all_cells().
std::vector<std::string> cell_names();

/// How a message about a cell that nobody knows goes on.
inline constexpr const char* kUnknownCellHint =
    " (a cell of a plug-in is known after `recur --plugin FILE`, before the verb)";

/// @throws ConfigError for a name that no cell has, with the nearest one.
const CellType& find_cell(const std::string& name);

}  // namespace recur::engine
