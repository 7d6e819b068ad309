#include "models/engine/cpu/additive_rows.h"

#include <cmath>

#include "models/engine/cpu/instruction_sets.h"

// Read anew for each of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/engine/cpu/additive_rows.cpp"
#include "hwy/foreach_target.h"
// (the order matters)
#include "hwy/highway.h"
#include "models/engine/cpu/functions-inl.h"

HWY_BEFORE_NAMESPACE();
namespace recur::engine::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::ScalableTag<float>;

void energies_of(const AdditiveExample& e, float* HWY_RESTRICT energies) {
  const Tag d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t l = 0; l < e.places; ++l) {
    const float* HWY_RESTRICT key = e.keys + l * e.size;
    auto sum = hn::Zero(d);
    int64_t a = 0;
    for (; a + lanes <= e.size; a += lanes) {
      const auto t = vector_tanh(d, hn::Add(hn::LoadU(d, e.query + a), hn::LoadU(d, key + a)));
      sum = hn::MulAdd(hn::LoadU(d, e.v + a), t, sum);
    }
    float energy = hn::GetLane(hn::SumOfLanes(d, sum));
    for (; a < e.size; ++a) energy += e.v[a] * std::tanh(e.query[a] + key[a]);
    energies[l] = energy;
  }
}

void gradients_of(const AdditiveExample& e, const float* HWY_RESTRICT of_energies, float* HWY_RESTRICT of_query,
                  float* HWY_RESTRICT of_keys, float* HWY_RESTRICT of_v) {
  const Tag d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto one = hn::Set(d, 1.0f);
  int64_t a = 0;
  for (; a + lanes <= e.size; a += lanes) {
    const auto query = hn::LoadU(d, e.query + a), v = hn::LoadU(d, e.v + a);
    auto to_query = hn::Zero(d), to_v = hn::Zero(d);
    for (int64_t l = 0; l < e.places; ++l) {
      const auto g = hn::Set(d, of_energies[l]);
      const auto t = vector_tanh(d, hn::Add(query, hn::LoadU(d, e.keys + l * e.size + a)));
      const auto through = hn::Mul(hn::Mul(g, v), hn::NegMulAdd(t, t, one));
      hn::StoreU(through, d, of_keys + l * e.size + a);
      to_query = hn::Add(to_query, through);
      to_v = hn::MulAdd(g, t, to_v);
    }
    hn::StoreU(hn::Add(to_query, hn::LoadU(d, of_query + a)), d, of_query + a);
    hn::StoreU(hn::Add(to_v, hn::LoadU(d, of_v + a)), d, of_v + a);
  }
  for (; a < e.size; ++a) {
    for (int64_t l = 0; l < e.places; ++l) {
      const float t = std::tanh(e.query[a] + e.keys[l * e.size + a]);
      const float through = of_energies[l] * e.v[a] * (1 - t * t);
      of_keys[l * e.size + a] = through;
      of_query[a] += through;
      of_v[a] += of_energies[l] * t;
    }
  }
}

}  // namespace recur::engine::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace recur::engine::cpu {

HWY_EXPORT(energies_of);
HWY_EXPORT(gradients_of);

void additive_energies(const AdditiveExample& example, float* energies) {
  HWY_DYNAMIC_DISPATCH(energies_of)(example, energies);
}

void additive_gradients(const AdditiveExample& example, const float* energies_gradient, float* query_gradient,
                        float* keys_gradient, float* v_gradient) {
  HWY_DYNAMIC_DISPATCH(gradients_of)(example, energies_gradient, query_gradient, keys_gradient, v_gradient);
}

}  // namespace recur::engine::cpu
#endif
