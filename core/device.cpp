#include "core/device.h"

#include <ATen/Context.h>

#include <fmt/format.h>

#include "core/error.h"

namespace recur {

torch::Device parse_device(const std::string& text) {
  if (text == "auto") return at::hasCUDA() ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
  if (text == "cpu") return torch::kCPU;
  const bool numbered = text.rfind("cuda:", 0) == 0 && text.size() > 5 && text.size() < 8 &&
                        text.find_first_not_of("0123456789", 5) == std::string::npos;
  if (text != "cuda" && !numbered) {
    throw ConfigError(fmt::format("device: expected auto, cpu, cuda or cuda:N, got \"{}\"", text));
  }
  const int index = numbered ? std::stoi(text.substr(5)) : 0;
  const auto available = static_cast<int>(at::hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0);
  if (index >= available) {
    throw ConfigError(
        fmt::format("device: \"{}\" was asked for, but this LibTorch sees {} CUDA device{}; "
                    "use device=auto or device=cpu",
                    text, available, available == 1 ? "" : "s"));
  }
  return {torch::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

void seed_everything(int64_t seed, bool deterministic) {
  at::manual_seed(static_cast<uint64_t>(seed));
  at::globalContext().setDeterministicAlgorithms(deterministic, /*warn_only=*/false);
}

}  // namespace recur
