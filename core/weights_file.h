// Files of weights that others made.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <torch/types.h>

namespace recur {

/// The tensors of a file by name, on the CPU: safetensors, or what Python's torch.save made of a state_dict (or of a
/// dictionary that has one as "state_dict", "model_state_dict" or "model").  Content tells which, not the name. Nothing
/// in a file can run code.  Tensors may share memory where they did when they were saved.
/// @throws CheckpointError naming the file and what is wrong: absent, truncated, damaged, or of another kind.
std::map<std::string, torch::Tensor> read_weights(const std::filesystem::path& path);

}  // namespace recur
