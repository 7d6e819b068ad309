// Which tensor of a file that others made is which of a model.
#pragma once

#include <map>
#include <string>

#include "trainers/optimizer.h"

namespace recur {

/// Finds for each tensor of the model one of the file; only names, shapes and kinds (floating-point or not) are looked
/// at.  In this order:
///   1. What `renamed` says: a name of the file to one of the model, of a tensor ("lstm2.weight_ih_l0") or of a module
///      ("lstm" to "recurrent"); a tensor or module renamed to "" is left out.
///   2. The same name and shape.
///   3. Modules, i.e. all that is called "module.*": one whose tensors have the same last names and shapes as the
///      model's, where it is the only one, or the only one whose name ends like the model's.
///
/// @returns  name in the model -> name in the file
/// @throws ConfigError      for a name in `renamed` that the file does not have
/// @throws CheckpointError  listing all tensors that found no partner, with their shapes and what is near them
std::map<std::string, std::string> match_weights(const TensorMap& model, const TensorMap& file,
                                                 const std::map<std::string, std::string>& renamed);

}  // namespace recur
