// A layer's recurrence in one launch: each block of a GPU holds the weights of a few hidden units in shared memory from
// the first step to the last, each thread the states of one unit of one sequence in registers, and the blocks hand each
// other h (backward: the gradients of U h).  After Diamos et al. 2016, "Persistent RNNs: stashing recurrent weights
// on-chip"; the exchange inside a cluster of blocks needs compute capability 9.0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "models/engine/cuda/step.h"

namespace recur::engine::cuda {

/// How a layer lies on the GPU.
struct Spread {
  bool is_cluster = false;  ///< blocks of a group write into each other's shared memory; else they meet in L2
  int groups = 0;           ///< sequence r is of group r % groups; groups do not wait for each other
  int blocks = 0;           ///< of a group
  int units = 0;            ///< hidden units of a block
  int rows = 0;             ///< sequences of a group, at most
  // How the warps of a block share its product [rows, depth] x [depth, columns].
  int depth = 0, columns = 0;    ///< both rounded up to 4
  int lane_columns = 0;          ///< lanes side by side; each has 4 columns
  int thread_rows = 0;           ///< rows of a lane: 1, 2 or 4
  int row_tiles = 0, tiles = 0;  ///< a tile is a warp's
  int slices = 0;                ///< of the depth: warps that share a tile
  int chunk = 0;                 ///< of the depth that is in shared memory at once; a multiple of 4
  size_t shared_bytes = 0;
  double clocks = 0;  ///< of a step, as estimated

  static constexpr int kThreads = 512, kWarps = kThreads / 32;
  /// Chunks in shared memory: through L2, those on their way; in a cluster, h of this step and of the next.
  constexpr int stages() const { return is_cluster ? 2 : 4; }
};

/// What a GPU has for it.
struct Capacity {
  int blocks = 0;           ///< that run at once
  size_t shared_bytes = 0;  ///< that a block may have
  bool has_clusters = false;
};

/// The quickest spread for a product [batch, depth] x [depth, per_unit * units] a step; none where the weights do not
/// fit.
/// `depth`: forward H, backward G*H.  `per_unit`: columns of a hidden unit, forward G, backward 1.
std::optional<Spread> find_spread(const Capacity& capacity, int64_t batch, int64_t units, int64_t depth,
                                  int64_t per_unit);

/// What both passes share.
struct Course {
  int64_t steps = 0;
  int64_t batch = 0;
  const int64_t* rows = nullptr;  ///< on the GPU, [2, T]: sequences alive, and the sum before; null: all, always
  bool reverse = false;
  const float* weight = nullptr;  ///< U, [G*H, H]
  /// States before the first step; backward: gradients of those behind the last.  [batch, H]; null: 0.
  std::array<const float*, kMostStates> given = {};
  // Through L2 only:
  float* exchange = nullptr;      ///< [2, batch, depth]; forward: h before the first step, in both; 0 behind it
  unsigned* published = nullptr;  ///< [groups, kMostBlocks], 0
  static constexpr int kMostBlocks = 256;
};

/// Whole passes; the steps' pointers are those of the packed batch's first row, and `states` (`state_gradient`) what
/// comes out at the end.  Null where the cell cannot be fused.
struct PersistentKernels {
  void (*forward)(const Course&, const Spread&, const StepForward&, void* stream) = nullptr;
  void (*backward)(const Course&, const Spread&, const StepBackward&, void* stream) = nullptr;
};

PersistentKernels persistent_kernels(size_t cell);  ///< defined only where has_device_kernels()
Capacity capacity_of_device();                      ///< of the current one; likewise

}  // namespace recur::engine::cuda
