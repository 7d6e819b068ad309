#include "trainers/generators.h"

#include <mutex>

#include <ATen/Context.h>
#include <ATen/core/Generator.h>

#include "core/error.h"

namespace recur {
namespace {

at::Generator default_generator(const torch::Device& device) {
  return at::globalContext().defaultGenerator(device);
}

torch::Tensor state_of(const torch::Device& device) {
  auto generator = default_generator(device);
  const std::lock_guard lock(generator.mutex());
  return generator.get_state();
}

void restore(const TensorMap& states, const char* name, const torch::Device& device) {
  const auto state = states.find(name);
  if (state == states.end()) return;
  auto generator = default_generator(device);
  const std::lock_guard lock(generator.mutex());
  try {
    generator.set_state(state->second);
  } catch (const c10::Error& error) {
    throw CheckpointError(fmt::format("state of the {} random-number generator: {}", name, error.msg()));
  }
}

}  // namespace

TensorMap generator_states(const torch::Device& device) {
  TensorMap states{{"cpu", state_of(torch::kCPU)}};
  if (device.is_cuda()) states["cuda"] = state_of(device);
  return states;
}

void restore_generator_states(const TensorMap& states, const torch::Device& device) {
  restore(states, "cpu", torch::kCPU);
  if (device.is_cuda()) restore(states, "cuda", device);
}

}  // namespace recur
