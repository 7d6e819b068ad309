#include "datasets/order.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/randperm.h>

namespace recur {

torch::Tensor epoch_order(int64_t n, int64_t seed, int64_t epoch) {
  // The odd constant (2^64 / golden ratio) keeps neighbouring (seed, epoch) pairs apart.
  const auto mixed = (static_cast<uint64_t>(seed) + 1) * 0x9E3779B97F4A7C15ULL + static_cast<uint64_t>(epoch);
  return at::randperm(n, at::detail::createCPUGenerator(mixed), torch::kInt64);
}

}  // namespace recur
