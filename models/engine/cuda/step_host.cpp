#include "models/engine/cuda/element.h"

namespace recur::engine::cuda {
namespace {

template <class Cell>
struct OnHost {
  static void forward(const StepForward& step, void* /*stream*/) {
    for (int64_t row = 0; row < step.rows; ++row) {
      for (int64_t unit = 0; unit < step.units; ++unit) forward_unit<Cell>(step, row, unit);
    }
  }
  static void backward(const StepBackward& step, void* /*stream*/) {
    for (int64_t row = 0; row < step.rows; ++row) {
      for (int64_t unit = 0; unit < step.units; ++unit) backward_unit<Cell>(step, row, unit);
    }
  }
};

}  // namespace

StepKernels host_kernels(size_t cell) {
  return pick_kernels<StepKernels, OnHost>(cells::Catalog{}, cell);
}

}  // namespace recur::engine::cuda
