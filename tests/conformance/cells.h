// The conformance suite runs over every cell of the catalog: a new cell is tested by being listed.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "models/engine/cell_type.h"
#include "models/engine/fused.h"
#include "models/engine/gate_use.h"
#include "models/sequence/recurrent.h"

namespace recur {

inline torch::TensorOptions options_of(torch::ScalarType dtype) {
  return torch::TensorOptions().dtype(dtype);
}

/// Largest absolute difference.
inline double difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a.to(torch::kFloat64) - b.to(torch::kFloat64)).abs().max().item<double>();
}

/// A test over all cells, named after them.
class EveryCell : public testing::TestWithParam<std::string> {};

inline std::string cell_test_name(const testing::TestParamInfo<std::string>& info) {
  return info.param;
}

/// The names of the cells that the fused engine runs.
inline std::vector<std::string> cells_that_fuse() {
  std::vector<std::string> names;
  for (const auto& cell : engine::all_cells()) {
    if (engine::can_fuse(cell.program)) names.push_back(cell.text.name);
  }
  return names;
}

/// Those that it runs on a GPU too.
inline std::vector<std::string> cells_that_fuse_on_a_gpu() {
  auto names = cells_that_fuse();
  std::erase_if(names, [](const auto& name) {
    return !engine::runs_on_a_gpu(engine::use_of_gates(engine::find_cell(name).program));
  });
  return names;
}

}  // namespace recur
