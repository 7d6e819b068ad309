#include "models/sequence/dropout.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/ones.h>

namespace recur {

torch::Tensor variational_dropout(const torch::Tensor& x, double rate, bool training) {
  if (!training || rate == 0) return x;
  return x * at::dropout(at::ones({x.size(0), 1, x.size(2)}, x.options()), rate, true);
}

torch::Tensor variational_dropout(const engine::PackedSequences& x, double rate, bool training) {
  if (!training || rate == 0) return x.data;
  const auto mask = at::dropout(at::ones({x.rows.front(), x.data.size(1)}, x.data.options()), rate, true);
  // The rows of a step are the first of the batch, longest sequence first.
  std::vector<torch::Tensor> steps;
  for (const int64_t rows : x.rows) steps.push_back(mask.narrow(0, 0, rows));
  return x.data * at::cat(steps);
}

}  // namespace recur
