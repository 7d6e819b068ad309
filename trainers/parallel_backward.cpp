#include "trainers/parallel_backward.h"

#include <utility>

#include <ATen/ops/stack.h>
#include <torch/autograd.h>

#include <fmt/format.h>

#include "core/error.h"
#include "core/random.h"
#include "core/scramble.h"
#include "models/sequence/recurrent_probe.h"

namespace recur {
namespace {

using torch::Tensor;
using torch::autograd::variable_list;

void add_gradient(const Tensor& parameter, Tensor gradient) {
  if (!gradient.defined()) return;
  auto& sum = parameter.mutable_grad();
  if (sum.defined()) {
    sum.add_(gradient);
  } else if (gradient.is_contiguous() && gradient.use_count() == 1) {
    sum = gradient.detach();  // zero_grad() detaches in place, which a view does not allow
  } else {                    // autograd may give one tensor for several parameters
    sum = gradient.clone(at::MemoryFormat::Contiguous);
  }
}

}  // namespace

Tensor scalar_loss(const LossPart& part) {
  const auto loss = part();
  if (loss.numel() != 1) throw ShapeError(fmt::format("training: a loss of {} numbers, expected 1", loss.numel()));
  return loss.reshape({});
}

Tensor parallel_backward(ThreadTeam& team, const std::vector<LossPart>& parts, double scale,
                         const std::vector<Optimizer::Parameter>& parameters) {
  variable_list inputs;
  for (const auto& parameter : parameters) inputs.push_back(parameter.value);
  const uint64_t seed = random_bits();
  const auto count = std::ssize(parts);
  std::vector<Tensor> losses(count);
  std::vector<variable_list> gradients(count);
  auto* const probe = RecurrentProbe::active();
  team.run(count, [&](int64_t k) {
    const RecurrentProbe::OnThisThread watched(k == 0 ? probe : nullptr);
    const RandomScope scope(scrambled(seed + static_cast<uint64_t>(k) * kScrambleStep));
    const auto loss = scalar_loss(parts[k]) * scale;
    gradients[k] = torch::autograd::grad({loss}, inputs, /*grad_outputs=*/{}, /*retain_graph=*/false,
                                         /*create_graph=*/false, /*allow_unused=*/true);
    losses[k] = loss.detach();
  });
  for (auto& of_part : gradients) {
    for (size_t p = 0; p < parameters.size(); ++p) add_gradient(parameters[p].value, std::move(of_part[p]));
  }
  return at::stack(losses).sum();
}

}  // namespace recur
