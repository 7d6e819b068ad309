// What Python's torch.save writes of a state_dict: a zip archive of one pickle and each storage's bytes.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <torch/types.h>

namespace recur {

/// The tensors in the bytes of such a file, by name, on the CPU.  Where the file holds a dictionary with more than the
/// weights, they are what it has under "state_dict", "model_state_dict" or "model".
///
/// A pickle is a program.  Torch's own reader in C++ does not run it, but knows no OrderedDict, which is what a
/// state_dict is; this one (core/tensor_pickle.h) builds tensors and plain containers, and refuses everything else by
/// name.  Checksums are verified, and no tensor reaches beyond its storage.
/// @throws CheckpointError saying what is wrong.
std::map<std::string, torch::Tensor> parse_state_dict(std::string_view bytes);

}  // namespace recur
