// The CUDA engine's layer pass against the reference.  Its steps are compiled for the host too, from the same text, so
// that values and gradients are held here where there is no GPU; where there is one, both of its ways there.
#include <ATen/ops/randn.h>
#include <torch/autograd.h>
#include <torch/cuda.h>

#include <fmt/format.h>

#include "core/autocast.h"
#include "models/engine/cuda/layer_pass.h"
#include "models/engine/cuda/step.h"
#include "models/engine/fused.h"
#include "tests/conformance/cells.h"

namespace recur::this_file {
namespace {

using engine::LayerParameters;
using torch::Tensor;

class FusedCudaCell : public testing::TestWithParam<std::string> {};

struct Case {
  std::vector<int64_t> rows;
  bool reverse = false, bias = true;
  int64_t D = 5, H = 7;
};

/// A layer's tensors in the order in which gradients are compared.
struct Layer {
  LayerParameters parameters;
  Tensor x;
  std::vector<Tensor> initial;

  Layer(const engine::CellType& cell, const Case& c) {
    const int64_t rows_of_gates = cell.program.gates * c.H;
    const int64_t N = std::accumulate(c.rows.begin(), c.rows.end(), int64_t{0});
    const double scale = 0.8 / std::sqrt(static_cast<double>(c.H));  // relu grows
    const auto leaf = [&](at::IntArrayRef sizes) { return at::randn(sizes).mul_(scale).requires_grad_(); };
    parameters = {.weight_ih = leaf({rows_of_gates, c.D}),
                  .weight_hh = leaf({rows_of_gates, c.H}),
                  .bias_ih = c.bias ? leaf({rows_of_gates}) : Tensor(),
                  .bias_hh = c.bias ? leaf({rows_of_gates}) : Tensor(),
                  .units = {}};
    for (size_t u = 0; u < cell.units.size(); ++u) parameters.units.push_back(leaf({c.H}));
    x = leaf({N, c.D});
    for (size_t s = 0; s < cell.states.size(); ++s) initial.push_back(leaf({c.rows.front(), c.H}));
  }

  std::vector<Tensor> list() const { return list(parameters, x, initial); }
  static std::vector<Tensor> list(const LayerParameters& of, const Tensor& x, const std::vector<Tensor>& initial) {
    std::vector<Tensor> all = {x, of.weight_ih, of.weight_hh};
    if (of.bias_ih.defined()) all.insert(all.end(), {of.bias_ih, of.bias_hh});
    all.insert(all.end(), of.units.begin(), of.units.end());
    all.insert(all.end(), initial.begin(), initial.end());
    return all;
  }

  Layer on(torch::Device device) const {
    auto there = *this;
    const auto move = [&](Tensor& tensor) {
      if (tensor.defined()) tensor = tensor.detach().to(device);
    };
    auto& p = there.parameters;
    for (auto* tensor : {&p.weight_ih, &p.weight_hh, &p.bias_ih, &p.bias_hh, &there.x}) move(*tensor);
    for (auto& unit : p.units) move(unit);
    for (auto& state : there.initial) move(state);
    return there;
  }
};

struct Place {
  torch::Device device = torch::kCPU;
  engine::cuda::Kernels kernels;
  engine::cuda::LayerPass::Way way = engine::cuda::LayerPass::Way::kQuicker;
};

/// Relative to the largest, where that is more than 1.
double deviation(const Tensor& found, const Tensor& expected) {
  return difference(found.cpu(), expected) / std::max(1.0, expected.abs().max().item<double>());
}

/// Whether the gradient jumps somewhere.
bool has_kink(const engine::Program& program) {
  return std::ranges::any_of(program.instructions, [](const auto& one) { return one.op == engine::Op::kRelu; });
}

void expect_equal(const engine::CellType& cell, const Case& c, const std::vector<Place>& places) {
  torch::manual_seed(4);
  const Layer layer(cell, c);
  const int64_t N = layer.x.size(0), B = c.rows.front();
  const auto expected = cell.run(layer.parameters, {.data = layer.x, .rows = c.rows}, layer.initial, c.reverse);
  std::vector<Tensor> outputs = {expected.output}, weights = {at::randn({N, c.H})};
  for (const auto& state : expected.state) {
    outputs.push_back(state);
    weights.push_back(at::randn({B, c.H}));
  }
  const auto gradients = torch::autograd::grad(outputs, layer.list(), weights);

  const torch::NoGradGuard no_grad;
  for (const auto& [device, kernels, way] : places) {
    SCOPED_TRACE(fmt::format("{} H {} B {} T {}{}{}, way {}", cell.text.name, c.H, B, c.rows.size(),
                             c.reverse ? " reverse" : "", c.bias ? "" : " no bias", static_cast<int>(way)));
    const auto there = layer.on(device);
    auto weights_there = weights;
    for (auto& weight : weights_there) weight = weight.to(device);
    const engine::cuda::LayerPass pass(cell, kernels, there.parameters, c.rows, {.reverse = c.reverse, .way = way});
    const auto forward = pass.forward(there.x, there.initial, /*keep=*/true);
    EXPECT_LT(deviation(forward.result.output, expected.output), 2e-6);
    EXPECT_LT(deviation(pass.forward(there.x, there.initial, /*keep=*/false).result.output, expected.output), 2e-6);
    for (size_t s = 0; s < layer.initial.size(); ++s) {
      EXPECT_LT(deviation(forward.result.state[s], expected.state[s]), 2e-6) << s;
    }
    const auto found = pass.backward(there.x, forward.kept, weights_there, /*of_x=*/true);
    if (has_kink(cell.program) && c.H > 100) continue;  // some unit of so many stands within rounding of relu's kink
    const auto ours = Layer::list(found.parameters, found.x, found.initial);
    for (size_t k = 0; k < gradients.size(); ++k) EXPECT_LT(deviation(ours[k], gradients[k]), 5e-6) << k;
  }
}

TEST_P(FusedCudaCell, IsTheReferenceByItsHostText) {
  const auto& cell = engine::find_cell(GetParam());
  const Place host{.kernels = {.step = engine::cuda::host_kernels(cell.number)}};
  for (const bool reverse : {false, true}) {
    for (const bool bias : {false, true}) {
      expect_equal(cell, {.rows = {3, 3, 3, 3}, .reverse = reverse, .bias = bias}, {host});
      expect_equal(cell, {.rows = {4, 3, 3, 1, 1}, .reverse = reverse, .bias = bias}, {host});
    }
  }
}

const char* what_is_missing() {
  if (!torch::cuda::is_available()) return "needs a GPU";
  return engine::cuda::has_device_kernels() ? nullptr : "needs a build with nvcc and a LibTorch with CUDA";
}

TEST_P(FusedCudaCell, IsTheReferenceOnAGpu) {
  if (const auto missing = what_is_missing()) GTEST_SKIP() << missing;
  using engine::cuda::LayerPass;
  const auto& cell = engine::find_cell(GetParam());
  const auto kernels = engine::cuda::kernels_on_device(cell.number);
  const std::vector<Place> both = {{torch::kCUDA, kernels, LayerPass::Way::kSteps},
                                   {torch::kCUDA, kernels, LayerPass::Way::kPersistent}};
  for (const int64_t H : {1, 3, 17, 33, 256, 650}) {
    for (const int64_t B : {1, 2, 5, 64}) {
      for (const size_t T : {1, 2, 20}) expect_equal(cell, {.rows = std::vector(T, B), .H = H}, both);
    }
    for (const bool reverse : {false, true}) {
      for (const bool bias : {false, true}) {
        expect_equal(cell, {.rows = {9, 9, 7, 6, 6, 2, 1}, .reverse = reverse, .bias = bias, .H = H}, both);
        expect_equal(cell, {.rows = {70, 66, 30, 3, 1}, .reverse = reverse, .bias = bias, .H = H}, both);
      }
    }
  }
}

/// GEMMs read bf16, whose 8 bits show; states and gradients stay f32.
TEST_P(FusedCudaCell, IsNearTheReferenceUnderAutocastOnAGpu) {
  if (const auto missing = what_is_missing()) GTEST_SKIP() << missing;
  torch::manual_seed(4);
  constexpr int64_t T = 12, B = 20, D = 48, H = 64;
  Recurrent layer(D, RecurrentOptions{.cell = GetParam(), .hidden_size = H, .bidirectional = true, .engine = "fused"});
  layer->to(torch::kCUDA);
  const auto x = at::randn({B, T, D}, torch::kCUDA), weights = at::randn({B, T, 2 * H}, torch::kCUDA);
  const auto run = [&](const Tensor& in) {
    const auto output = layer->forward(in).output;
    EXPECT_EQ(output.scalar_type(), torch::kFloat32);
    return std::pair(output.detach(), torch::autograd::grad({(output * weights).sum()}, layer->parameters()));
  };
  const auto [plain, gradients] = run(x);
  const auto [lower, gradients_lower] = [&] {
    const Autocast autocast(torch::kCUDA);
    return run(x.to(at::kBFloat16));
  }();
  EXPECT_FALSE(lower.equal(plain));
  EXPECT_LT(difference(lower, plain), 0.03);
  if (has_kink(layer->cell().program)) return;
  for (size_t k = 0; k < gradients.size(); ++k) {
    EXPECT_LT(difference(gradients_lower[k], gradients[k]), 0.03 * gradients[k].abs().max().item<double>()) << k;
  }
}

/// By the reference there too, also where some outputs have no gradient.
TEST_P(FusedCudaCell, HasASecondDerivativeOnAGpu) {
  if (const auto missing = what_is_missing()) GTEST_SKIP() << missing;
  torch::manual_seed(4);
  const auto start = at::randn({3, 5, 4});
  Recurrent layer(4, RecurrentOptions{.cell = GetParam(), .hidden_size = 6, .engine = "auto"});
  const auto second = [&](torch::Device device) {
    layer->to(device);
    const auto x = start.to(device).requires_grad_();
    const auto output = layer->forward(x).output;
    const auto first =
        torch::autograd::grad({output.pow(2).sum()}, {x}, {}, /*retain_graph=*/true, /*create_graph=*/true);
    return torch::autograd::grad({first.front().pow(2).sum()}, {x}).front().cpu();
  };
  const auto expected = second(torch::kCPU);
  EXPECT_LT(deviation(second(torch::kCUDA), expected), 1e-5);
  EXPECT_GT(expected.abs().max().item<double>(), 1e-3);
}

TEST_P(FusedCudaCell, GivesTheSameBitsOnAGpu) {
  if (const auto missing = what_is_missing()) GTEST_SKIP() << missing;
  torch::manual_seed(4);
  const Case c{.rows = std::vector<int64_t>(100, 20), .H = 130};
  Recurrent layer(c.D, RecurrentOptions{.cell = GetParam(), .hidden_size = c.H, .engine = "fused"});
  layer->to(torch::kCUDA);
  const auto x = at::randn({20, 100, c.D}, torch::kCUDA);
  const auto run = [&] {
    const auto output = layer->forward(x).output;
    return std::pair(output.detach(), torch::autograd::grad({output.sum()}, layer->parameters()));
  };
  const auto [output, gradients] = run();
  for (int repeat = 0; repeat < 20; ++repeat) {
    const auto [again, gradients_again] = run();
    EXPECT_TRUE(again.equal(output));
    for (size_t k = 0; k < gradients.size(); ++k) EXPECT_TRUE(gradients_again[k].equal(gradients[k])) << k;
  }
}

TEST(Spread, FitsIntoTheDeviceAndCoversTheLayer) {
  using engine::cuda::Spread;
  const engine::cuda::Capacity capacity{.blocks = 132, .shared_bytes = 232448, .has_clusters = true};
  int found = 0;
  for (const int64_t B : {1, 2, 20, 64, 300}) {
    for (const int64_t H : {1, 3, 64, 650, 1500}) {
      for (const int64_t gates : {1, 3, 4}) {
        for (const bool backward : {false, true}) {
          const auto spread = engine::cuda::find_spread(capacity, B, H, backward ? gates * H : H, backward ? 1 : gates);
          if (!spread) continue;
          ++found;
          EXPECT_LE(spread->groups * spread->blocks, capacity.blocks);
          EXPECT_LE(spread->shared_bytes, capacity.shared_bytes);
          EXPECT_GE(spread->groups * spread->rows, B);
          EXPECT_GE(spread->blocks * spread->units, H);
          EXPECT_LT((spread->blocks - 1) * spread->units, H);
          EXPECT_LE(spread->units * spread->rows, Spread::kThreads);
          EXPECT_LE(spread->tiles * spread->slices, Spread::kWarps);
          EXPECT_GE(32 / spread->lane_columns * spread->thread_rows * spread->row_tiles, spread->rows);
          EXPECT_GE(4 * spread->lane_columns * (spread->tiles / spread->row_tiles), spread->columns);
          EXPECT_EQ(spread->chunk % 4, 0);
        }
      }
    }
  }
  EXPECT_GT(found, 60);
  EXPECT_FALSE(engine::cuda::find_spread({.blocks = 4, .shared_bytes = 100'000}, 1, 1000, 1000, 4));
}

INSTANTIATE_TEST_SUITE_P(Catalog, FusedCudaCell, testing::ValuesIn(cells_that_fuse_on_a_gpu()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace recur::this_file
