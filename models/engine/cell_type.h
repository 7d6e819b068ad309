// A cell as a run-time value: what the sequence layer, the program and the exports hold instead of a template argument.
#pragma once

#include <string>
#include <vector>

#include "models/cells/cell.h"
#include "models/engine/layer.h"
#include "models/engine/program.h"

namespace recur::engine {

struct CellType {
  size_t number = 0;  ///< in the catalog
  cells::CellText text;
  std::vector<std::string> gates;   ///< in the order of the packed weights
  std::vector<std::string> states;  ///< the first is h
  std::vector<std::string> units;   ///< per-unit parameters, e.g. p_i
  Program program;

  /// The reference engine (models/engine/reference.h: run_reference).
  LayerResult (*run)(const LayerParameters&, const PackedSequences&, const std::vector<torch::Tensor>& initial,
                     bool reverse);
};

/// All cells of models/cells/catalog.h, in its order.
const std::vector<CellType>& all_cells();

/// The cells' names, in the catalog's order.
std::vector<std::string> cell_names();

/// @throws ConfigError for a name that the catalog does not hold, with the nearest one it does.
const CellType& find_cell(const std::string& name);

}  // namespace recur::engine
