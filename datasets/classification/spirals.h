// The built-in points: no download, and not to be told apart by a straight line.
#pragma once

#include <cstdint>

#include <torch/types.h>

namespace recur {

/// Points of the plane, [N, 2] float32 about the origin, and the arm that each lies on, [N] int64.
struct Spirals {
  torch::Tensor points, arms;
};

/// K interleaved spirals of one turn.  Point i is on arm k = i mod K at a random place t along it, t ~ U(0, 1):
///
///   (x, y) = r (cos a, sin a) + noise,   r = 0.1 + 0.9 t,   a = 2 pi (t + k / K)
///
/// with noise from N(0, simulate_noise^2) in x and in y.  A linear classifier is right in little more than a K-th of
/// the cases.  A pure function of its arguments; the first n points are the same whatever is asked for.
Spirals simulate_spirals(int64_t examples, int64_t arms, double noise, int64_t seed);

}  // namespace recur
