// A cell whose late gates have every trait that those of the catalog lack.
#include "models/cells/cell.h"

namespace recur::this_file {

/// U of two gates reads what others make of both states and of products used apart; that is a next state too; and one
/// of the two gates leaves its sum for the backward pass, as no gradient follows from exp(-|a|) alone.
struct LateCell {
  static constexpr cells::CellText kText{.name = "late_cell", .title = "", .citation = "", .equations = ""};
  template <class M>
  struct Gates {
    M f, n, r, m;
  };
  template <class T>
  struct State {
    T h, c;
  };
  template <class T>
  struct Units {
    T p;
  };

  template <class T>
  static constexpr State<T> step(const Gates<cells::Map<T>>& W, const Gates<cells::Map<T>>& U, const Units<T>& units,
                                 const T& x, const State<T>& prev) {
    const auto f = sigmoid(W.f(x) + U.f(prev.h));
    const auto r = W.r(x) * U.r(prev.h);
    const auto v = f * prev.h + r * prev.c * units.p;
    const auto n = tanh(W.n(x) + U.n(v)), m = exp(-abs(W.m(x) + U.m(v)));
    return {.h = f * n + m * v, .c = v};
  }
};

}  // namespace recur::this_file

#define RECUR_CELL recur::this_file::LateCell
#include <ATen/Parallel.h>
#include <ATen/ops/randn.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/engine/compile_cell-inl.h"
#include "models/sequence/check_cell.h"
#include "tests/conformance/fused_cell.h"

namespace recur::this_file {
namespace {

const engine::CellType& late_cell() {
  static const auto& cell = engine::add_cell(engine::compiled_cell<LateCell>());
  return cell;
}

TEST(LateCell, HoldsWhatEveryCellMust) {
  const auto use = engine::use_of_gates(late_cell().program);
  EXPECT_TRUE(use.is_fusable);
  EXPECT_EQ(use.late_count, 2);
  EXPECT_EQ(use.apart_count, 1);
  EXPECT_FALSE(engine::runs_on_a_gpu(use));
  EXPECT_THAT(check_cell("late_cell"), testing::IsEmpty());
}

TEST(LateCell, IsTheSameOnTwoThreadsAndComputedAgain) {
  late_cell();
  const int before = at::get_num_threads();
  const FusedCase c{.T = 6, .B = 3, .D = 24, .H = 300, .bidirectional = true};
  std::vector<std::vector<torch::Tensor>> found;
  for (const auto& [threads, recompute] : {std::pair{1, false}, {2, false}, {2, true}}) {
    at::set_num_threads(threads);
    auto options = c.options("late_cell", "fused");
    options.recompute = recompute;
    torch::manual_seed(3);
    Recurrent layer(c.D, options);
    const auto output = layer->forward(at::randn({c.B, c.T, c.D})).output;
    found.push_back(torch::autograd::grad({output.square().sum()}, layer->parameters()));
    found.back().push_back(output.detach());
  }
  at::set_num_threads(before);
  for (const auto& other : found) {
    for (size_t k = 0; k < other.size(); ++k) EXPECT_LT(relative_difference(other[k], found[0][k]), 2e-5) << k;
  }
}

}  // namespace
}  // namespace recur::this_file
