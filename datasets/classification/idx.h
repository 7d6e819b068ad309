// The idx file format: a tensor of numbers behind a short head.
//
// MNIST's own page describes it (LeCun, Cortes, Burges 1998): two zero bytes, a byte for the type of the numbers, a
// byte for how many dimensions there are, each dimension's size as a big-endian 32-bit integer, then the numbers,
// big-endian, the last dimension fastest.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <torch/types.h>

namespace recur {

/// The tensor in a file, packed by gzip or not: uint8, int8, int16, int32, float32 or float64, of 1 to 4 dimensions.
/// @throws DataError naming the file and what is wrong: absent, another format, truncated, bytes behind the end.
torch::Tensor read_idx(const std::filesystem::path& path);

/// The same for bytes in memory, which errors call `name`.
torch::Tensor parse_idx(std::string_view bytes, const std::string& name);

}  // namespace recur
