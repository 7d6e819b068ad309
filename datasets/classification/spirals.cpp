#include "datasets/classification/spirals.h"

#include <cmath>
#include <numbers>

#include <ATen/ops/empty.h>

#include "datasets/draw.h"

namespace recur {
namespace {

/// N(0, 1): Irwin-Hall's sum, which needs no function of the machine's library.
double normal(Draw& draw) {
  double sum = 0;
  for (int k = 0; k < 12; ++k) sum += static_cast<double>(draw.uniform());
  return sum - 6;
}

}  // namespace

Spirals simulate_spirals(int64_t examples, int64_t arms, double noise, int64_t seed) {
  Spirals made{.points = at::empty({examples, 2}, torch::kFloat32), .arms = at::empty({examples}, torch::kInt64)};
  auto* point = made.points.mutable_data_ptr<float>();
  auto* arm = made.arms.mutable_data_ptr<int64_t>();
  for (int64_t i = 0; i < examples; ++i, point += 2) {
    Draw draw({seed, i});
    arm[i] = i % arms;
    const double t = draw.between(0, 1), r = 0.1 + 0.9 * t;
    const double angle = 2 * std::numbers::pi * (t + static_cast<double>(arm[i]) / static_cast<double>(arms));
    point[0] = static_cast<float>(r * std::cos(angle) + noise * normal(draw));
    point[1] = static_cast<float>(r * std::sin(angle) + noise * normal(draw));
  }
  return made;
}

}  // namespace recur
