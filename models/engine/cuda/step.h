// One step of a cell over some sequences on a GPU: its program run for each unit by a thread, and its reverse.
//
// Rows of products are [G*H], gate behind gate, as the packed parameters are.  States are rows of H units.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "models/engine/limits.h"

namespace recur::engine::cuda {

/// Pointers to the first of `rows` sequences.
struct StepForward {
  int64_t rows = 0, units = 0;
  float* sums = nullptr;            ///< in: W x + b (+ c of gates that are summed).  Out: what backward needs instead
  const float* products = nullptr;  ///< U h (+ c of gates used apart)
  float* apart = nullptr;           ///< out: `products` of the gates used apart, [rows, apart*H]; null: not kept
  std::array<float*, kMostStates> states{};  ///< before the step; then behind it
  std::array<float*, kMostStates> kept{};    ///< out: the states before the step; null: not kept
  std::array<const float*, kMostUnits> unit_parameters{};
  float* output = nullptr;  ///< h once more
};

struct StepBackward {
  int64_t rows = 0, units = 0;
  const float *sums = nullptr, *apart = nullptr;     ///< as the forward pass left them
  std::array<const float*, kMostStates> previous{};  ///< kept
  std::array<const float*, kMostUnits> unit_parameters{};
  const float* output_gradient = nullptr;
  /// In: of the states behind the step.  Out: of those before it, but for what comes through U.
  std::array<float*, kMostStates> state_gradient{};
  float* of_x = nullptr;      ///< gradient of the products W x
  float* of_h = nullptr;      ///< of the products U h; may be of_x where no gate is used apart
  float* of_units = nullptr;  ///< of each row's use of the per-unit parameters, [rows, number * H]
};

struct StepKernels {
  void (*forward)(const StepForward&, void* stream) = nullptr;
  void (*backward)(const StepBackward&, void* stream) = nullptr;
};

/// Of cell number `cell` of the catalog; null where the cell cannot be fused.
StepKernels device_kernels(size_t cell);  ///< on a CUDA stream; defined only where has_device_kernels()
StepKernels host_kernels(size_t cell);    ///< the same text, run by a loop: what tests hold against the reference

/// Whether the project was built with nvcc and a LibTorch with CUDA.
bool has_device_kernels();

}  // namespace recur::engine::cuda
