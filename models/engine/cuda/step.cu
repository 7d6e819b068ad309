#include "models/engine/cuda/check.h"
#include "models/engine/cuda/element.h"

namespace recur::engine::cuda {
namespace {

constexpr int kThreads = 256;

template <class Cell>
__global__ void forward_kernel(const StepForward step) {
  const int64_t place = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (place < step.rows * step.units) forward_unit<Cell>(step, place / step.units, place % step.units);
}

template <class Cell>
__global__ void backward_kernel(const StepBackward step) {
  const int64_t place = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (place < step.rows * step.units) backward_unit<Cell>(step, place / step.units, place % step.units);
}

template <class Cell>
struct OnDevice {
  static unsigned blocks(int64_t threads) { return static_cast<unsigned>((threads + kThreads - 1) / kThreads); }
  static void forward(const StepForward& step, void* stream) {
    forward_kernel<Cell><<<blocks(step.rows * step.units), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(step);
    check(cudaGetLastError());
  }
  static void backward(const StepBackward& step, void* stream) {
    backward_kernel<Cell><<<blocks(step.rows * step.units), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(step);
    check(cudaGetLastError());
  }
};

}  // namespace

StepKernels device_kernels(size_t cell) {
  return pick_kernels<StepKernels, OnDevice>(cells::Catalog{}, cell);
}

}  // namespace recur::engine::cuda
