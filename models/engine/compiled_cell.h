// A cell from outside the catalog, ready for add_cell:
//
//   recur::engine::add_cell(recur::engine::compiled_cell<MyCell>());
//
// After that it is a cell like any other: `recur::RecurrentOptions{.cell = "my_cell"}`.
#pragma once

#include "models/engine/cell_type.h"

namespace recur::engine {

/// Defined for each cell by the .cpp that includes models/engine/compile_cell-inl.h for it.
template <class Cell>
CellType compiled_cell();

}  // namespace recur::engine
