// The safetensors format, as huggingface.co/docs/safetensors specifies it: the length of a header, the header in JSON,
// and the tensors' bytes one after the other.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include <torch/types.h>

namespace recur {

struct Safetensors {
  std::map<std::string, torch::Tensor> tensors = {};  ///< on the CPU
  std::map<std::string, std::string> metadata = {};   ///< free text of the writer
};

/// @throws CheckpointError saying what is wrong: a header that is truncated, no JSON, above 100 MB or names a tensor
/// twice; tensors that overlap, leave gaps or reach beyond the end; a dtype that torch does not have.
Safetensors parse_safetensors(std::string_view bytes);

/// @throws CheckpointError naming the file, as parse_safetensors and if it cannot be read.
Safetensors read_safetensors(const std::filesystem::path& path);

/// Replaces the file atomically.  The same content gives the same bytes.
/// @throws Error if it cannot be written, or a dtype has no place in the format (complex ones but complex64,
/// quantized).
void write_safetensors(const std::filesystem::path& path, const Safetensors& content);

}  // namespace recur
