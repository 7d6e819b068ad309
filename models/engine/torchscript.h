// A cell's program as TorchScript source, in the names of its own file.
#pragma once

#include <string>

#include "models/engine/cell_type.h"

namespace recur::engine {

/// The source of a method
///   `cell(self, x, x_maps, weight_hh[, bias_hh], units, state) -> List[Tensor]`
/// that performs one step: x [B, D]; x_maps [B, G*H], the product of x with weight_ih, bias added; units a list of [H];
/// state a list of [B, H].  Returns the next states.
std::string torchscript_cell(const CellType& cell, bool bias);

}  // namespace recur::engine
