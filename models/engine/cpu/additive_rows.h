// Additive attention's energies, example by example, on vectors.
#pragma once

#include <cstdint>

namespace recur::engine::cpu {

/// Of one example: a query [A], keys [L, A], v [A].
struct AdditiveExample {
  int64_t places = 0, size = 0;
  const float* query = nullptr;
  const float* keys = nullptr;
  const float* v = nullptr;
};

/// energies_l = v . tanh(query + keys_l)
void additive_energies(const AdditiveExample& example, float* energies);

/// Adds to the gradients of query and v, and writes that of the keys.
void additive_gradients(const AdditiveExample& example, const float* energies_gradient, float* query_gradient,
                        float* keys_gradient, float* v_gradient);

}  // namespace recur::engine::cpu
