// A cell that is not in the catalog, made known when the program runs: every engine, list and config takes it.
#include "examples/my_cell/my_cell.h"

#define RECUR_CELL MyCell
#include <cstdio>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/options.h"
#include "models/engine/compile_cell-inl.h"
#include "models/engine/fused.h"
#include "models/sequence/check_cell.h"
#include "models/sequence/recurrent.h"

namespace recur::this_file {
namespace {

using testing::HasSubstr;

/// The same in every test of this file, whichever runs first.
const engine::CellType& my_cell() {
  static const auto& cell = engine::add_cell(engine::compiled_cell<MyCell>());
  return cell;
}

/// Another cell to the reference engine than to all others.
struct Crooked : MyCell {
  template <class T>
  static constexpr State<T> step(const Maps<T>& W, const Maps<T>& U, const T& x, const State<T>& prev) {
    auto next = MyCell::step<T>(W, U, x, prev);
    if constexpr (std::is_same_v<T, torch::Tensor>) next.h = next.h * 1.001;
    return next;
  }
};

TEST(OutsideCell, HoldsWhatEveryCellMust) {
  EXPECT_THAT(check_cell(my_cell().text.name), testing::IsEmpty());
}

TEST(OutsideCell, RunsFused) {
  EXPECT_TRUE(engine::can_fuse(my_cell().program));
  Recurrent layer(3, RecurrentOptions{.cell = "my_cell", .hidden_size = 20, .engine = "fused"});
  EXPECT_EQ(layer->forward(at::randn({2, 5, 3})).output.sizes(), at::IntArrayRef({2, 5, 20}));
}

TEST(OutsideCell, IsNamedInConfigsAfterItHasBeenAdded) {
  const auto read = [](const char* text) { return read_options<RecurrentOptions>(parse_config(text, "a.yaml")); };
  EXPECT_EQ(read(("cell: " + std::string(my_cell().text.name)).c_str()).cell, "my_cell");
  try {
    read("cell: my_cel");
    FAIL() << "no such cell";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean \"my_cell\"?"));
    EXPECT_THAT(error.what(), HasSubstr("a cell of a plug-in is known after `recur --plugin FILE`"));
  }
}

TEST(OutsideCell, NeedsANameOfItsOwn) {
  my_cell();
  auto again = engine::compiled_cell<MyCell>();
  EXPECT_THROW(engine::add_cell(again), ConfigError);
  again.text.name = "My Cell";
  EXPECT_THROW(engine::add_cell(again), ConfigError);
  EXPECT_EQ(std::ranges::count(engine::cell_names(), "my_cell"), 1);
}

TEST(CheckCell, FindsNoFaultInCellsOfTheCatalog) {
  // With parameters of its units; with a second product.
  for (const char* cell : {"lstm_peephole", "gru_cho"}) EXPECT_THAT(check_cell(cell), testing::IsEmpty());
}

// In a process of its own: other tests go over all cells, and must not meet one that is wrong.
TEST(CheckCellDeathTest, NamesTheEnginesThatDiffer) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto check_crooked = [] {
    auto cell = engine::make_cell_type<Crooked>(my_cell().kernels);
    cell.text.name = "crooked";
    engine::add_cell(cell);
    for (const auto& fault : check_cell("crooked")) std::fprintf(stderr, "%s\n", fault.c_str());
    std::_Exit(0);
  };
  EXPECT_EXIT(
      check_crooked(), testing::ExitedWithCode(0),
      testing::AllOf(HasSubstr("crooked: the fused engine's output"), HasSubstr("crooked: its TorchScript, both ways"),
                     testing::Not(HasSubstr("central differences"))));
}

}  // namespace
}  // namespace recur::this_file
