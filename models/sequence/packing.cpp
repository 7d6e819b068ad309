#include "models/sequence/packing.h"

#include <ATen/ops/argsort.h>
#include <ATen/ops/zeros.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"

namespace recur {

engine::PackedSequences Packing::pack(const torch::Tensor& x) const {
  const auto flat = x.reshape({T * B, x.size(2)});
  return {.data = positions.defined() ? flat.index_select(0, positions) : flat, .rows = rows};
}

torch::Tensor Packing::unpack(const torch::Tensor& data) const {
  const auto flat =
      positions.defined() ? at::zeros({T * B, data.size(1)}, data.options()).index_copy(0, positions, data) : data;
  return flat.view({T, B, data.size(1)});
}

torch::Tensor Packing::sort(const torch::Tensor& states) const {
  return order.defined() ? states.index_select(-2, order) : states;
}

torch::Tensor Packing::unsort(const torch::Tensor& states) const {
  return order.defined() ? states.index_select(-2, order.argsort()) : states;
}

Packing plan_packing(int64_t T, int64_t B, const std::optional<torch::Tensor>& lengths, const torch::Device& device) {
  Packing packing{.T = T, .B = B, .order = {}, .positions = {}, .rows = std::vector<int64_t>(T, B)};
  if (!lengths) return packing;
  if (lengths->dim() != 1 || lengths->size(0) != B || !at::isIntegralType(lengths->scalar_type(), false)) {
    throw ShapeError(fmt::format("lengths: expected {} whole numbers, one a sequence, got {} of shape {}", B,
                                 toString(lengths->scalar_type()), fmt::join(lengths->sizes().vec(), "x")));
  }
  const auto on_cpu = lengths->to(torch::kCPU, torch::kInt64).contiguous();
  const auto order = at::argsort(on_cpu, /*stable=*/true, /*dim=*/0, /*descending=*/true);
  const auto* length = on_cpu.data_ptr<int64_t>();
  const auto* sorted = order.data_ptr<int64_t>();
  for (int64_t b = 0; b < B; ++b) {
    if (length[b] < 1 || length[b] > T) {
      throw ShapeError(fmt::format("lengths: sequence {} has length {}, expected 1..{}", b, length[b], T));
    }
  }
  std::vector<int64_t> positions;
  packing.rows.clear();
  int64_t alive = B;
  for (int64_t t = 0; t < length[sorted[0]]; ++t) {
    while (length[sorted[alive - 1]] <= t) --alive;
    packing.rows.push_back(alive);
    for (int64_t b = 0; b < alive; ++b) positions.push_back(t * B + sorted[b]);
  }
  packing.order = order.to(device);
  packing.positions = torch::tensor(positions, torch::kInt64).to(device);
  return packing;
}

}  // namespace recur
