// The CUDA engine's layer pass against the reference.  Its steps are compiled for the host too, from the same text, so
// that values and gradients are held here where there is no GPU.
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <torch/autograd.h>

#include "models/engine/cuda/layer_pass.h"
#include "models/engine/fused.h"
#include "tests/conformance/cells.h"

namespace recur {
namespace {

using engine::LayerParameters;
using torch::Tensor;

class FusedCudaCell : public testing::TestWithParam<std::string> {};

void expect_equal(const engine::CellType& cell, const std::vector<int64_t>& rows, bool reverse, bool bias) {
  constexpr int64_t D = 5, H = 7;
  torch::manual_seed(4);
  const int64_t gates = cell.program.gates, N = std::accumulate(rows.begin(), rows.end(), int64_t{0});
  const auto leaf = [](at::IntArrayRef sizes) { return at::randn(sizes).mul_(0.3).requires_grad_(); };  // relu grows
  LayerParameters parameters{.weight_ih = leaf({gates * H, D}),
                             .weight_hh = leaf({gates * H, H}),
                             .bias_ih = bias ? leaf({gates * H}) : Tensor(),
                             .bias_hh = bias ? leaf({gates * H}) : Tensor(),
                             .units = {}};
  for (size_t u = 0; u < cell.units.size(); ++u) parameters.units.push_back(leaf({H}));
  const auto x = leaf({N, D});
  std::vector<Tensor> initial;
  for (size_t s = 0; s < cell.states.size(); ++s) initial.push_back(leaf({rows.front(), H}));

  const auto expected = cell.run(parameters, {.data = x, .rows = rows}, initial, reverse);
  std::vector<Tensor> outputs = {expected.output}, weights = {at::randn({N, H})};
  for (const auto& state : expected.state) {
    outputs.push_back(state);
    weights.push_back(at::randn({rows.front(), H}));
  }
  std::vector<Tensor> inputs = {x, parameters.weight_ih, parameters.weight_hh};
  if (bias) inputs.insert(inputs.end(), {parameters.bias_ih, parameters.bias_hh});
  inputs.insert(inputs.end(), parameters.units.begin(), parameters.units.end());
  inputs.insert(inputs.end(), initial.begin(), initial.end());
  const auto gradients = torch::autograd::grad(outputs, inputs, weights);

  const torch::NoGradGuard no_grad;
  const engine::cuda::LayerPass pass(cell, engine::cuda::host_kernels(cell.number), parameters, rows, reverse);
  const auto forward = pass.forward(x, initial, /*keep=*/true);
  EXPECT_LT(difference(forward.result.output, expected.output), 2e-6);
  EXPECT_LT(difference(pass.forward(x, initial, /*keep=*/false).result.output, expected.output), 2e-6);
  for (size_t s = 0; s < initial.size(); ++s) {
    EXPECT_LT(difference(forward.result.state[s], expected.state[s]), 2e-6) << s;
  }
  const auto found = pass.backward(x, forward.kept, weights, /*of_x=*/true);
  std::vector<Tensor> ours = {found.x, found.parameters.weight_ih, found.parameters.weight_hh};
  if (bias) ours.insert(ours.end(), {found.parameters.bias_ih, found.parameters.bias_hh});
  ours.insert(ours.end(), found.parameters.units.begin(), found.parameters.units.end());
  ours.insert(ours.end(), found.initial.begin(), found.initial.end());
  for (size_t k = 0; k < gradients.size(); ++k) {
    EXPECT_LT(difference(ours[k], gradients[k]), 5e-6 * std::max(1.0, gradients[k].abs().max().item<double>())) << k;
  }
}

TEST_P(FusedCudaCell, IsTheReferenceByItsHostText) {
  const auto& cell = engine::find_cell(GetParam());
  for (const bool reverse : {false, true}) {
    for (const bool bias : {false, true}) {
      expect_equal(cell, {3, 3, 3, 3}, reverse, bias);
      expect_equal(cell, {4, 3, 3, 1, 1}, reverse, bias);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Catalog, FusedCudaCell, testing::ValuesIn(cells_that_fuse()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace recur
