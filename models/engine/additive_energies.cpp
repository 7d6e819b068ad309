#include "models/engine/additive_energies.h"

#include <cstdint>

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/parallel.h"
#include "models/engine/cpu/additive_rows.h"
#include "models/engine/cpu/floats.h"
#include "models/engine/differentiable_gradient.h"

namespace recur::engine {
namespace {

using cpu::widened_on_cpu;
using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

Tensor by_torch(const Tensor& queries, const Tensor& keys, const Tensor& v) {
  return at::linear((queries.unsqueeze(1) + keys).tanh(), v).squeeze(2);
}

class AdditiveEnergies : public torch::autograd::Function<AdditiveEnergies> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& queries, const Tensor& keys, const Tensor& v) {
    context->save_for_backward({queries, keys, v});
    const auto energies = at::empty({keys.size(0), keys.size(1)}, keys.options());
    auto* const to = energies.mutable_data_ptr<float>();
    for_examples(queries, keys, v, [&](int64_t b, int64_t /*range*/, const cpu::AdditiveExample& example) {
      cpu::additive_energies(example, to + b * example.places);
    });
    return energies;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    if (at::GradMode::is_enabled()) {
      return differentiable_gradient(saved, gradients, [](const variable_list& inputs) -> variable_list {
        return {by_torch(inputs[0], inputs[1], inputs[2])};
      });
    }
    const auto &queries = saved[0], &keys = saved[1], &v = saved[2];
    const auto of_energies = gradients[0].contiguous();
    const auto of_queries = at::zeros_like(queries), of_keys = at::empty_like(keys);
    const auto of_v = at::zeros({parallel_range_count(keys.size(0)), v.size(1)}, v.options());
    for_examples(queries, keys, v, [&](int64_t b, int64_t range, const cpu::AdditiveExample& example) {
      cpu::additive_gradients(example, of_energies.const_data_ptr<float>() + b * example.places,
                              of_queries.mutable_data_ptr<float>() + b * example.size,
                              of_keys.mutable_data_ptr<float>() + b * example.places * example.size,
                              of_v.mutable_data_ptr<float>() + range * example.size);
    });
    return {of_queries, of_keys, of_v.sum(0, /*keepdim=*/true)};
  }

 private:
  /// Calls work(b, range, example) for each of the batch.
  template <class Work>
  static void for_examples(const Tensor& queries, const Tensor& keys, const Tensor& v, const Work& work) {
    const int64_t B = keys.size(0), L = keys.size(1), A = keys.size(2);
    parallel_for_ranges(B, [&](int64_t range, int64_t first, int64_t last) {
      for (int64_t b = first; b < last; ++b) {
        work(b, range,
             {.places = L,
              .size = A,
              .query = queries.const_data_ptr<float>() + b * A,
              .keys = keys.const_data_ptr<float>() + b * L * A,
              .v = v.const_data_ptr<float>()});
      }
    });
  }
};

}  // namespace

Tensor additive_energies(const Tensor& given_queries, const Tensor& given_keys, const Tensor& v) {
  const auto queries = widened_on_cpu(given_queries), keys = widened_on_cpu(given_keys);
  const auto is_fast = [](const Tensor& x) { return x.is_cpu() && x.scalar_type() == torch::kFloat32; };
  if (!is_fast(queries) || !is_fast(keys) || !is_fast(v) || !v.is_contiguous()) return by_torch(queries, keys, v);
  return AdditiveEnergies::apply(queries.contiguous(), keys.contiguous(), v);
}

}  // namespace recur::engine
