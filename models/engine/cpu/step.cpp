#include "models/engine/cpu/step.h"

#include "models/cells/catalog.h"
#include "models/engine/cpu/instruction_sets.h"

// Read anew for each of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/engine/cpu/step.cpp"
#include "hwy/foreach_target.h"
// (the order matters)
#include "hwy/highway.h"
#include "models/engine/cpu/step-inl.h"

HWY_BEFORE_NAMESPACE();
namespace recur::engine::cpu::HWY_NAMESPACE {

template <class... Cells>
StepKernels kernels_of(cells::CellList<Cells...> /*catalog*/, size_t cell) {
  const StepKernels all[] = {kernels_of<Cells>()...};
  return all[cell];
}

StepKernels catalog_kernels(size_t cell) {
  return kernels_of(cells::Catalog{}, cell);
}

}  // namespace recur::engine::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace recur::engine::cpu {

HWY_EXPORT(catalog_kernels);

StepKernels step_kernels(size_t cell) {
  return HWY_DYNAMIC_DISPATCH(catalog_kernels)(cell);
}

const char* instruction_set() {
  const int64_t targets = hwy::SupportedTargets() & HWY_TARGETS;
  return hwy::TargetName(targets & -targets);  // the best has the lowest bit
}

}  // namespace recur::engine::cpu
#endif
