// One step of a cell over some sequences, fused: the cell's program run on vectors of hidden units, and its reverse.
//
// Units stand in blocks of kBlock.  Within a row, the products of the gates that are only summed come first, block by
// block, the gates of a block side by side; then, in the same order, those of the gates that are used apart:
//   [blocks][summed gates][kBlock], [blocks][apart gates][kBlock]
// States are rows of blocks * kBlock units.  What stands in the padding behind the last unit is finite or not, and
// never reaches a gradient.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace recur::engine::cpu {

inline constexpr int64_t kBlock = 16;  ///< units: a vector of AVX-512
inline constexpr int kMostStates = 4, kMostUnits = 8;

/// Pointers to the first of `rows` sequences; strides in floats.
struct StepRows {
  int64_t rows = 0, blocks = 0;
  int64_t last_units = kBlock;  ///< units of the last block
  const float* sums = nullptr;  ///< W x + U h; of the gates used apart W x
  int64_t sums_stride = 0;
  const float* apart = nullptr;  ///< U h of the gates used apart
  int64_t apart_stride = 0;
  const float* bias = nullptr;        ///< one row, as of sums: b + c; of the gates used apart b
  const float* apart_bias = nullptr;  ///< one row, as of apart: c
  std::array<const float*, kMostStates> previous{};
  int64_t state_stride = 0;
  std::array<const float*, kMostUnits> units{};
};

struct StepForward {
  StepRows in;
  std::array<float*, kMostStates> next{};  ///< stride: state_stride
  float* output = nullptr;                 ///< h once more; stride: state_stride
};

struct StepBackward {
  StepRows in;
  const float* output_gradient = nullptr;  ///< of h; stride: state_stride
  /// In: of the states behind the step.  Out: of those before it, but for what comes through U.
  std::array<float*, kMostStates> state_gradient{};
  float* sums_gradient = nullptr;                   ///< stride: sums_stride
  float* apart_gradient = nullptr;                  ///< stride: apart_stride
  std::array<float*, kMostUnits> units_gradient{};  ///< added to
};

struct StepKernels {
  void (*forward)(const StepForward&) = nullptr;  ///< null where the cell cannot be fused
  void (*backward)(const StepBackward&) = nullptr;
};

/// Of cell number `cell` of the catalog, for the best instruction set that this machine has.
StepKernels step_kernels(size_t cell);

/// Its name, e.g. "AVX3"; what tests and `recur doctor` say.
const char* instruction_set();

}  // namespace recur::engine::cpu
