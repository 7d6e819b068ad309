#include "models/engine/fused.h"

#include <algorithm>
#include <utility>

#include "models/engine/cuda/step.h"
#include "models/engine/fused_layer.h"
#include "models/engine/gate_use.h"

namespace recur::engine {

using torch::Tensor;

bool can_fuse(const Program& program) {
  return use_of_gates(program).is_fusable;
}

bool can_fuse(const CellType& cell, const LayerParameters& parameters, const PackedSequences& x,
              const std::vector<Tensor>& initial) {
  if (!can_fuse(cell.program)) return false;
  const auto device = x.data.device();
  const bool on_gpu =
      device.is_cuda() && cuda::has_device_kernels() && cell.is_in_catalog && runs_on_a_gpu(use_of_gates(cell.program));
  if (!device.is_cpu() && !on_gpu) return false;
  const auto gemm = gemm_type(device);
  return std::ranges::all_of(to_list(parameters, x.data, initial), [&](const Tensor& tensor) {
    return tensor.device() == device && (tensor.scalar_type() == torch::kFloat32 || tensor.scalar_type() == gemm);
  });
}

cpu::PackedWeightsPtr WeightCache::packed(const CellType& cell, const LayerParameters& parameters,
                                          at::ScalarType gemm) {
  const auto numbers = gemm == at::kBFloat16 ? cpu::best_bf16() : cpu::Numbers::kF32;
  const std::lock_guard lock(mutex_);
  if (!weights_ || weights_->numbers() != numbers || !weights_->is_of(parameters)) {
    weights_ = c10::make_intrusive<cpu::PackedWeights>(cell, parameters, numbers);
  }
  return weights_;
}

LayerResult run_fused(const CellType& cell, const LayerParameters& parameters, const PackedSequences& x,
                      const std::vector<Tensor>& initial, bool reverse, bool recompute, WeightCache& cache) {
  FusedCall call{
      .cell = &cell,
      .weights = x.data.is_cpu() ? cache.packed(cell, parameters, gemm_type(at::kCPU)) : cpu::PackedWeightsPtr(),
      .ledger = {},
      .rows = x.rows,
      .reverse = reverse,
      .recompute = recompute};
  return run_fused_call(std::move(call), parameters, x.data, initial);
}

}  // namespace recur::engine
