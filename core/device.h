// Where tensors live and how reproducibly they are computed.
#pragma once

#include <string>

#include <torch/types.h>

namespace recur {

/// "auto" (CUDA if there is one, else CPU), "cpu", "cuda" or "cuda:N".
/// @throws ConfigError  for another word, or a CUDA device that is not there.
torch::Device parse_device(const std::string& text);

/// Seeds torch's generators on every device, and asks torch for deterministic algorithms if `deterministic`.
void seed_everything(int64_t seed, bool deterministic);

}  // namespace recur
