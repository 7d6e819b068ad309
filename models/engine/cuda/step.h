// One step of a cell over some sequences on a GPU: its program run for each unit by a thread, and its reverse.
//
// Rows of products are [G*H], gate behind gate, as the packed parameters are.  States are rows of H units.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "models/engine/limits.h"

#ifdef __CUDACC__
#define RECUR_ON_DEVICE __host__ __device__
#else
#define RECUR_ON_DEVICE
#endif

namespace recur::engine::cuda {

/// What of a cell tells how far rows are apart.
struct Widths {
  int gates = 0, apart = 0, units = 0;  ///< `units`: per-unit parameters
};

/// Pointers to the first of `rows` sequences.
struct StepForward {
  int64_t rows = 0, units = 0;
  float* sums = nullptr;                     ///< in: W x + b.  Out: what backward needs instead
  const float* products = nullptr;           ///< U h
  const float* bias_h = nullptr;             ///< c, [G*H]; null: none
  float* apart = nullptr;                    ///< out: U h + c of the gates used apart, [rows, apart*H]; null: not kept
  std::array<float*, kMostStates> states{};  ///< before the step; then behind it
  std::array<float*, kMostStates> kept{};    ///< out: the states before the step; null: not kept
  std::array<const float*, kMostUnits> unit_parameters{};
  float* output = nullptr;  ///< h once more

  /// The same for the sequences from packed row `row` on; `products` and `states` stay.
  RECUR_ON_DEVICE StepForward at_row(int64_t row, const Widths& widths) const {
    auto step = *this;
    step.sums += row * widths.gates * units;
    if (apart != nullptr) step.apart += row * widths.apart * units;
    for (int s = 0; s < kMostStates; ++s) {
      if (kept[s] != nullptr) step.kept[s] += row * units;
    }
    step.output += row * units;
    return step;
  }
};

struct StepBackward {
  int64_t rows = 0, units = 0;
  const float *sums = nullptr, *apart = nullptr;     ///< as the forward pass left them
  std::array<const float*, kMostStates> previous{};  ///< kept
  std::array<const float*, kMostUnits> unit_parameters{};
  const float* output_gradient = nullptr;  ///< null: 0
  /// In: of the states behind the step.  Out: of those before it, but for what comes through U.
  std::array<float*, kMostStates> state_gradient{};
  float* of_x = nullptr;      ///< gradient of the products W x
  float* of_h = nullptr;      ///< of the products U h; may be of_x where no gate is used apart
  float* of_units = nullptr;  ///< of each row's use of the per-unit parameters, [rows, number * H]

  /// The same for the sequences from packed row `row` on; `state_gradient` stays.
  RECUR_ON_DEVICE StepBackward at_row(int64_t row, const Widths& widths) const {
    auto step = *this;
    step.sums += row * widths.gates * units;
    if (apart != nullptr) step.apart += row * widths.apart * units;
    for (int s = 0; s < kMostStates; ++s) {
      if (previous[s] != nullptr) step.previous[s] += row * units;
    }
    if (output_gradient != nullptr) step.output_gradient += row * units;
    step.of_x += row * widths.gates * units;
    step.of_h += row * widths.gates * units;
    if (of_units != nullptr) step.of_units += row * widths.units * units;
    return step;
  }
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
