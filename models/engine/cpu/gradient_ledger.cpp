#include "models/engine/cpu/gradient_ledger.h"

#include <algorithm>
#include <utility>

#include <torch/csrc/autograd/graph_task.h>

#include "models/engine/cpu/aligned.h"

namespace recur::engine::cpu {
namespace {

int pass_that_runs() {
  return torch::autograd::get_current_graph_task_id();
}

/// All rows in one piece, in which products are as deep as they can be.
GradientRows join(const std::vector<GradientLedger::Entry>& entries, const LayerShape& shape, Scratch& sums,
                  Scratch& apart) {
  int64_t count = 0;
  for (const auto& entry : entries) {
    for (const auto& rows : entry.rows) count += static_cast<int64_t>(rows.x.size());
  }
  float* to_sums = sums.reserve(count * shape.columns());
  float* to_apart = apart.reserve(count * shape.apart_columns());
  GradientRows joined{.sums_gradient = to_sums, .apart_gradient = to_apart, .x = {}, .h = {}, .argument = {}};
  for (const auto& entry : entries) {
    for (const auto& rows : entry.rows) {
      const auto number = static_cast<int64_t>(rows.x.size());
      to_sums = std::copy_n(rows.sums_gradient, number * shape.columns(), to_sums);
      to_apart = std::copy_n(rows.apart_gradient, number * shape.apart_columns(), to_apart);
      joined.x.insert(joined.x.end(), rows.x.begin(), rows.x.end());
      joined.h.insert(joined.h.end(), rows.h.begin(), rows.h.end());
      joined.argument.insert(joined.argument.end(), rows.argument.begin(), rows.argument.end());
    }
  }
  return joined;
}

}  // namespace

void GradientLedger::note(Entry entry) {
  if (pass_ != pass_that_runs()) entries_.clear();
  pass_ = pass_that_runs();
  entries_.push_back(std::move(entry));
}

bool GradientLedger::is_empty() const {
  return entries_.empty() || pass_ != pass_that_runs();
}

LayerParameters GradientLedger::settle(const PackedWeights& weights, const torch::TensorOptions& options) {
  const auto entries = std::exchange(entries_, {});
  Scratch sums, apart;
  auto found = weight_gradients(weights, {join(entries, weights.shape(), sums, apart)}, options);
  found.units = entries.front().units;
  for (size_t k = 1; k < entries.size(); ++k) {
    for (size_t u = 0; u < found.units.size(); ++u) found.units[u] = found.units[u] + entries[k].units[u];
  }
  return found;
}

}  // namespace recur::engine::cpu
