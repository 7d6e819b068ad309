// Two recurrent layers beside each other: where they run, what one pass is, and the least time of each.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ops/ones_like.h>
#include <ATen/ops/randn.h>
#include <torch/cuda.h>
#include <torch/types.h>

#include <nlohmann/json.hpp>

#include "core/autocast.h"

namespace recur {

using Row = nlohmann::ordered_json;

struct Settings {
  double seconds = 1.0;  // of each pair of rows' repeats, about
  std::string engine = "auto";
  torch::Device device = torch::kCPU;
  bool bf16 = false;  // theirs has bf16 parameters and input, ours runs under autocast

  torch::Tensor random(at::IntArrayRef sizes) const { return at::randn(sizes, device); }
  torch::Tensor for_theirs(const torch::Tensor& x) const { return bf16 ? x.to(torch::kBFloat16) : x; }
  template <class Module>
  Module there(Module module) const {
    module->to(device);
    return module;
  }
  template <class Module>
  Module theirs(Module module) const {
    module->to(device, bf16 ? torch::kBFloat16 : torch::kFloat32);
    return module;
  }
  std::function<void()> ours(std::function<void()> work) const {
    if (!bf16) return work;
    return [=, type = device.type()] {
      const Autocast autocast(type);
      work();
    };
  }
};

inline constexpr int kFewest = 5, kMost = 200;  // repeats

inline double milliseconds(const std::function<void()>& work) {
  const bool asynchronous = torch::cuda::is_available();
  if (asynchronous) torch::cuda::synchronize();
  const auto start = std::chrono::steady_clock::now();
  work();
  if (asynchronous) torch::cuda::synchronize();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// Least time of each, taken in turns, until `seconds` have gone.
inline std::pair<double, double> race(double seconds, const std::function<void()>& one,
                                      const std::function<void()>& other) {
  double best_one = std::numeric_limits<double>::max(), best_other = best_one, spent = 0;
  for (int repeat = 0; repeat < kMost && (repeat < kFewest || spent < 1e3 * seconds); ++repeat) {
    const double a = milliseconds(one), b = milliseconds(other);
    best_one = std::min(best_one, a);
    best_other = std::min(best_other, b);
    spent += a + b;
  }
  return {best_one, best_other};
}

/// One pass over [T, B, I]: forward, and in training backward to the parameters and the input.
template <class Forward>
void pass(const torch::Tensor& x, const std::vector<torch::Tensor>& parameters, bool train, Forward forward) {
  torch::AutoGradMode grad(train);
  const auto leaf = x.detach().requires_grad_(train);
  const torch::Tensor output = forward(leaf);
  if (!train) return;
  for (auto p : parameters) p.mutable_grad() = torch::Tensor();
  output.backward(torch::ones_like(output));
}

}  // namespace recur
