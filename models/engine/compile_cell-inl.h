// Compiles one cell that is not in the catalog for every engine: by the reference, and fused on a CPU for each
// instruction set.  A .cpp of three lines is all that it takes:
//
//   #include "my_cell.h"
//   #define RECUR_CELL MyCell
//   #include <models/engine/compile_cell-inl.h>
//
// Then recur::engine::compiled_cell<MyCell>() is the cell, for add_cell (models/engine/compiled_cell.h) or a plug-in
// (models/engine/plugin.h).  One cell a .cpp.  Needs Highway's headers (libhwy-dev).
#include "models/engine/compiled_cell.h"
#include "models/engine/cpu/instruction_sets.h"
#include "models/engine/make_cell_type.h"

// Read anew for each of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/engine/compile_cell-inl.h"
#include "hwy/foreach_target.h"
// (the order matters)
#include "hwy/highway.h"
#include "models/engine/cpu/step-inl.h"

HWY_BEFORE_NAMESPACE();
namespace recur::engine::cpu::HWY_NAMESPACE {
namespace {  // other files compile other cells

StepKernels kernels_of_this() {
  return kernels_of<RECUR_CELL>();
}

}  // namespace
}  // namespace recur::engine::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace recur::engine {
namespace cpu {
namespace {
HWY_EXPORT(kernels_of_this);
}  // namespace
}  // namespace cpu

template <>
CellType compiled_cell<RECUR_CELL>() {
  return make_cell_type<RECUR_CELL>([] {
    using namespace cpu;  // NOLINT: HWY_DYNAMIC_DISPATCH wants an unqualified name
    return HWY_DYNAMIC_DISPATCH(kernels_of_this)();
  });
}

}  // namespace recur::engine
#endif
