// One step of a cell over some sequences, fused: the cell's program run on vectors of hidden units, and its reverse.
//
// Units stand in blocks of kBlock.  Within a row of products, those of the gates that are only summed come first, block
// by block, the gates of a block side by side; then, in the same order, those of the gates that are used apart and of
// the late ones:
//   [blocks][summed gates][kBlock], [blocks][apart gates][kBlock], [blocks][late gates][kBlock]
// What stands in a row of products behind the last unit never reaches a gradient.  States are rows of H units.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "models/engine/cpu/tiles.h"
#include "models/engine/limits.h"

namespace recur::engine::cpu {

inline constexpr int64_t kBlock = kPanel;  ///< units: a gate of a block is a panel of the packed weights

/// Pointers to the first of `rows` sequences; strides in floats.
struct StepRows {
  int64_t rows = 0;
  int64_t units = 0;                        ///< H
  int64_t first_block = 0, last_block = 0;  ///< those to run: [first, last)
  const float* sums = nullptr;              ///< W x + U h; of the gates used apart W x
  int64_t sums_stride = 0;
  const float* apart = nullptr;  ///< U h of the gates used apart
  int64_t apart_stride = 0;
  const float* bias = nullptr;        ///< one row, as of sums: b + c; of the gates used apart b
  const float* apart_bias = nullptr;  ///< one row, as of apart: c
  std::array<const float*, kMostStates> previous{};
  std::array<const float*, kMostUnits> unit_parameters{};  ///< [H] each

  int64_t blocks() const { return (units + kBlock - 1) / kBlock; }
};

struct StepForward {
  StepRows in;
  /// in.sums, if a backward pass will come or the cell has late gates: activated gates are left there in place of their
  /// sums, where the gradient follows from them alone.  Else null.
  float* kept_sums = nullptr;
  float* argument = nullptr;               ///< of the late gates' U, a row of H; null where there are none
  std::array<float*, kMostStates> kept{};  ///< where the states before the step go; may be null
  std::array<float*, kMostStates> next{};  ///< may be the same as in.previous
  float* output = nullptr;                 ///< h once more
};

struct StepBackward {
  StepRows in;
  bool are_kept =
      true;  ///< in.sums hold what the forward pass left in StepForward::kept_sums; else the sums themselves
  const float* output_gradient = nullptr;  ///< of h
  /// In: of the states behind the step.  Out: of those before it, but for what comes through U.
  std::array<float*, kMostStates> state_gradient{};
  int64_t state_gradient_stride = 0;                          ///< whole blocks
  const float* argument_gradient = nullptr;                   ///< that comes through U of the late gates; same stride
  float* sums_gradient = nullptr;                             ///< stride: sums_stride
  float* apart_gradient = nullptr;                            ///< stride: apart_stride
  std::array<float*, kMostUnits> unit_parameters_gradient{};  ///< whole blocks; added to
};

struct StepKernels {
  void (*forward)(const StepForward&) = nullptr;  ///< null where the cell cannot be fused
  void (*backward)(const StepBackward&) = nullptr;
  /// Of a cell with late gates, else null.  Before `forward`: what their U is applied to, of all units, to which it
  /// then is.  Before `backward`: the gradients of their sums, of all units, which then pass through U.
  void (*argument)(const StepForward&) = nullptr;
  void (*late_gradient)(const StepBackward&) = nullptr;
};

/// Of cell number `cell` of the catalog, for the best instruction set that this machine has.
StepKernels step_kernels(size_t cell);

/// Its name, e.g. "AVX3"; what tests and `recur doctor` say.
const char* instruction_set();

}  // namespace recur::engine::cpu
