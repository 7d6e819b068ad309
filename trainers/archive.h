// Plain data in torch's file format: a pickle and its tensors in a zip archive, as torch.save writes it.
#pragma once

#include <string>
#include <string_view>

#include <ATen/core/ivalue.h>

namespace recur {

/// The bytes of a file that Python reads with `torch.load(path, weights_only=True)`.
/// @param value  tensors, strings, numbers, None, and dictionaries of these.  torch::pickle_save would add type tags
///               to dictionaries, which weights_only refuses.
std::string pack_archive(const c10::IValue& value);

/// The value in such bytes, written here or by Python's torch.save; tensors are on the CPU.
///
/// The checksum of every entry is verified (torch's reader does not), classes and functions are refused by name, and no
/// tensor reaches beyond its entry: a file can neither run code nor read foreign memory.
/// @throws CheckpointError saying what is wrong.
c10::IValue unpack_archive(std::string_view bytes);

}  // namespace recur
