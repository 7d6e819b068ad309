#include "models/sequence/check_cell.h"

#include <algorithm>
#include <functional>
#include <set>
#include <sstream>
#include <utility>

#include <ATen/ops/cat.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/randn.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/jit/serialization/import.h>

#include <fmt/format.h>

#include "models/sequence/recurrent.h"
#include "models/sequence/torchscript.h"

namespace recur {
namespace {

using torch::Tensor;
using Tensors = std::vector<Tensor>;

constexpr int64_t kSteps = 6, kBatch = 3, kWidth = 4;  // of the input, too: a cell may add it to its state
const std::vector<int64_t> kLengths = {4, 6, 1};

/// Relative to the largest value, or to 1.  Not a number where one of them is none.
double difference(const Tensor& got, const Tensor& expected) {
  const auto wide = expected.detach().to(torch::kFloat64);
  const auto apart = (got.detach().to(torch::kFloat64) - wide).abs().max().item<double>();
  return apart / std::max(1.0, wide.abs().max().item<double>());
}

/// A layer with what it reads.
struct Layer {
  Recurrent recurrent = nullptr;
  Tensor x;  // [B, T, D]
  Tensors initial;

  Layer(const RecurrentOptions& options, torch::ScalarType dtype) {
    torch::manual_seed(11);
    recurrent = Recurrent(kWidth, options);
    recurrent->to(dtype);
    x = at::randn({kBatch, kSteps, kWidth}).to(dtype).requires_grad_();
    for (size_t s = 0; s < recurrent->cell().states.size(); ++s) {
      const int64_t runs = options.num_layers * recurrent->directions();
      initial.push_back(at::randn({runs, kBatch, options.hidden_size}).to(dtype).requires_grad_());
    }
  }

  RecurrentOutput run() { return recurrent->forward(x, torch::tensor(kLengths), initial); }
  /// Whatever has a gradient, by name.
  std::vector<std::pair<std::string, Tensor>> leaves() const {
    std::vector<std::pair<std::string, Tensor>> all = {{"x", x}};
    for (size_t s = 0; s < initial.size(); ++s) all.emplace_back("initial " + recurrent->cell().states[s], initial[s]);
    for (const auto& parameter : recurrent->named_parameters()) all.emplace_back(parameter.key(), parameter.value());
    return all;
  }
  Tensors leaf_tensors() const {
    Tensors tensors;
    for (const auto& [name, leaf] : leaves()) tensors.push_back(leaf);
    return tensors;
  }
};

/// One number of all that comes out, whose gradient differs from element to element.
Tensor number_of(const RecurrentOutput& out) {
  auto sum = out.output.pow(2).sum() + out.output.sin().sum();
  for (const auto& state : out.state) sum = sum + state.pow(3).sum();
  return sum;
}

class CellCheck {
 public:
  explicit CellCheck(const std::string& name) : cell_(engine::find_cell(name)) {}

  std::vector<std::string> run() {
    check_names();
    check_gradients();
    check_second_derivative();
    check_carried_state();
    check_ragged();
    if (engine::can_fuse(cell_.program)) check_fused();
    check_torchscript();
    return std::move(faults_);
  }

 private:
  void expect(double apart, double bar, const std::string& what) {
    if (apart <= bar) return;  // not a number: false
    faults_.push_back(
        fmt::format("{}: {} (apart by {:.2g}, at most {:.2g} expected)", cell_.text.name, what, apart, bar));
  }

  RecurrentOptions options(int64_t layers, bool both_ways, const std::string& engine = "reference") const {
    // A cell that adds its input to its state reads as wide a row as it gives.
    const bool is_narrow = cell_.program.uses_raw_input();
    return {.cell = cell_.text.name,
            .hidden_size = kWidth,
            .num_layers = layers,
            .bidirectional = both_ways && !is_narrow,
            .engine = engine};
  }

  void check_names() {
    std::set<std::string> seen;
    for (const auto* list : {&cell_.gates, &cell_.states, &cell_.units}) {
      for (const auto& name : *list) {
        if (seen.insert(name).second) continue;
        faults_.push_back(
            fmt::format("{}: {} stands for two of its gates, states and parameters", cell_.text.name, name));
      }
    }
    for (const std::string gate : {cell_.text.keeps, cell_.text.writes}) {
      if (gate.empty() || std::ranges::count(cell_.gates, gate) == 1) continue;
      faults_.push_back(fmt::format("{}: kText names the gate {}, which it does not have", cell_.text.name, gate));
    }
  }

  /// Central differences of `f` at every element of `leaf`.
  void expect_gradient(const Tensor& leaf, const Tensor& gradient, const std::function<double()>& f,
                       const std::string& what) {
    constexpr double kStep = 1e-6;
    torch::NoGradGuard no_grad;
    auto flat = leaf.detach().view(-1);
    auto found = at::empty_like(flat);
    for (int64_t i = 0; i < flat.numel(); ++i) {
      const double value = flat[i].item<double>();
      flat[i] = value + kStep;
      const double up = f();
      flat[i] = value - kStep;
      found[i] = (up - f()) / (2 * kStep);
      flat[i] = value;
    }
    expect(difference(gradient.reshape(-1), found), 2e-7, what + " is not what central differences give");
  }

  void check_gradients() {
    Layer layer(options(1, true), torch::kFloat64);
    const auto leaves = layer.leaves();
    const auto gradients = torch::autograd::grad({number_of(layer.run())}, layer.leaf_tensors());
    const auto value = [&] { return number_of(layer.run()).item<double>(); };
    for (size_t k = 0; k < leaves.size(); ++k) {
      expect_gradient(leaves[k].second, gradients[k], value, "the gradient of " + leaves[k].first);
    }
  }

  void check_second_derivative() {
    Layer layer(options(1, false), torch::kFloat64);
    const auto first = [&] {
      torch::AutoGradMode grad(true);
      return torch::autograd::grad({number_of(layer.run())}, {layer.x}, {}, {}, /*create_graph=*/true)[0].sin().sum();
    };
    const auto second = torch::autograd::grad({first()}, {layer.x})[0];
    expect_gradient(
        layer.x, second, [&] { return first().item<double>(); }, "the second derivative of x");
  }

  void check_carried_state() {
    Layer layer(options(2, false), torch::kFloat64);
    const auto x = layer.x.detach();
    const auto whole = layer.recurrent->forward(x, {}, layer.initial);
    const auto first = layer.recurrent->forward(x.slice(1, 0, 2), {}, layer.initial);
    const auto second = layer.recurrent->forward(x.slice(1, 2), {}, first.state);
    expect(difference(at::cat({first.output, second.output}, 1), whole.output), 1e-13,
           "a sequence in two parts, the state carried over, is not the whole");
  }

  void check_ragged() {
    Layer layer(options(2, true), torch::kFloat64);
    const auto together = layer.run();
    for (int64_t b = 0; b < kBatch; ++b) {
      Tensors own;
      for (const auto& state : layer.initial) own.push_back(state.narrow(1, b, 1));
      const auto alone = layer.recurrent->forward(layer.x.narrow(0, b, 1).narrow(1, 0, kLengths[b]), {}, own);
      expect(difference(together.output[b].narrow(0, 0, kLengths[b]), alone.output[0]), 1e-13,
             fmt::format("sequence {} of a ragged batch is not the sequence alone", b));
    }
  }

  /// Sizes that fill no vector, one and several.
  void check_fused() {
    for (const int64_t hidden : {1, 17, 33}) {
      auto how = options(2, true, "reference");
      how.hidden_size = hidden;
      Layer exact(how, torch::kFloat64), plain(how, torch::kFloat32);
      how.engine = "fused";
      Layer fused(how, torch::kFloat32);
      const auto expected = passed(exact), by_reference = passed(plain), got = passed(fused);
      for (size_t k = 0; k < got.size(); ++k) {
        // As far off as single precision is.
        expect(difference(got[k].second, expected[k].second),
               2e-6 + 4 * difference(by_reference[k].second, expected[k].second),
               fmt::format("the fused engine's {}, {} hidden units", got[k].first, hidden));
      }
    }
  }

  /// All that comes out, and all gradients.
  static std::vector<std::pair<std::string, Tensor>> passed(Layer& layer) {
    const auto out = layer.run();
    std::vector<std::pair<std::string, Tensor>> all = {{"output", out.output}};
    for (size_t s = 0; s < out.state.size(); ++s) all.emplace_back(layer.recurrent->cell().states[s], out.state[s]);
    const auto gradients = torch::autograd::grad({number_of(out)}, layer.leaf_tensors());
    const auto leaves = layer.leaves();
    for (size_t k = 0; k < leaves.size(); ++k) all.emplace_back("gradient of " + leaves[k].first, gradients[k]);
    return all;
  }

  void check_torchscript() {
    for (const bool both_ways : {false, true}) {
      Layer layer(options(2, both_ways), torch::kFloat64);
      torch::NoGradGuard no_grad;
      std::stringstream file;
      recurrent_to_torchscript(*layer.recurrent).save(file);
      auto module = torch::jit::load(file);
      const auto theirs = module.forward({layer.x, torch::tensor(kLengths), layer.initial}).toTuple();
      expect(difference(theirs->elements()[0].toTensor(), layer.run().output), 1e-12,
             fmt::format("its TorchScript, {}", both_ways ? "both ways" : "one way"));
    }
  }

  const engine::CellType& cell_;
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> check_cell(const std::string& name) {
  return CellCheck(name).run();
}

}  // namespace recur
