#include "core/random.h"

#include <mutex>
#include <utility>

#include <ATen/CPUGeneratorImpl.h>

namespace recur {
namespace {

thread_local std::optional<at::Generator> of_this_thread;

}  // namespace

RandomScope::RandomScope(uint64_t seed)
    : before_(std::exchange(of_this_thread, at::make_generator<at::CPUGeneratorImpl>(seed))) {}

RandomScope::~RandomScope() {
  of_this_thread = std::move(before_);
}

std::optional<at::Generator> random_generator(const c10::Device& device) {
  return device.is_cpu() ? of_this_thread : std::nullopt;
}

uint64_t random_bits() {
  auto generator = of_this_thread ? *of_this_thread : at::detail::getDefaultCPUGenerator();
  const std::lock_guard lock(generator.mutex());
  return at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
}

}  // namespace recur
