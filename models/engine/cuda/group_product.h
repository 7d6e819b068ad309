// The product of a step in a persistent pass, as one block computes it.
#pragma once

#include "models/engine/cuda/persistent.h"

namespace recur::engine::cuda {

/// C [rows, columns] = A [rows, depth] B [depth, columns].  B and C lie in shared memory, A in stages of it.
template <int kRows>  // of a lane
class GroupProduct {
 public:
  /// Takes a block's dynamic shared memory.  What a step needs of the spread is computed here: divisions take long.
  __device__ GroupProduct(const Spread& spread, float* shared)
      : columns_(spread.columns),
        slices_(spread.slices),
        lane_rows_(32 / spread.lane_columns),
        stride_(spread.chunk + 4),
        stage_size_(spread.row_tiles * lane_rows_ * kRows * stride_),
        slice_size_(spread.rows * spread.columns),
        weights_(shared),
        stages_(weights_ + spread.depth * spread.columns),
        partial_(stages_ + spread.stages() * stage_size_) {
    const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
    const int tile = warp % spread.tiles, row_tile = tile % spread.row_tiles, column_tile = tile / spread.row_tiles;
    slice_ = warp / spread.tiles;
    const int row = row_tile * lane_rows_ * kRows + lane / spread.lane_columns;
    const int column = 4 * (column_tile * spread.lane_columns + lane % spread.lane_columns);
    const bool is_there = column < columns_;
    is_busy_ = warp < spread.tiles * spread.slices;
    from_ = row * stride_;
    column_ = is_there ? column : 0;  // beyond: computed and thrown away
    to_ = slice_ * slice_size_ + row * columns_ + column;
    for (int j = 0; j < kRows; ++j) is_kept_[j] = is_busy_ && is_there && row + j * lane_rows_ < spread.rows;
  }

  __device__ float* weights() { return weights_; }  ///< B
  __device__ float* stage(int number) { return stages_ + number * stage_size_; }
  __device__ int stage_stride() const { return stride_; }  ///< of rows; so that neighbours use other banks
  __device__ int stage_size() const { return stage_size_; }

  /// Adds what lies in stage `number`, columns [first, first + length) of A.
  __device__ void add(int number, int first, int length) {
    if (!is_busy_) return;
    const float* const from = stage(number) + from_;
    const int below = lane_rows_ * stride_;
    for (int k = 4 * slice_; k < length; k += 4 * slices_) {
      float4 a[kRows];
      for (int j = 0; j < kRows; ++j) a[j] = *reinterpret_cast<const float4*>(from + j * below + k);
      const float* b = weights_ + (first + k) * columns_ + column_;
      add_row(a, *reinterpret_cast<const float4*>(b), &float4::x);
      add_row(a, *reinterpret_cast<const float4*>(b += columns_), &float4::y);
      add_row(a, *reinterpret_cast<const float4*>(b += columns_), &float4::z);
      add_row(a, *reinterpret_cast<const float4*>(b += columns_), &float4::w);
    }
  }

  /// Ends a product and makes ready for the next.  The block's threads are in step behind it.
  __device__ void finish() {
    for (int j = 0; j < kRows; ++j) {
      if (is_kept_[j]) {
        *reinterpret_cast<float4*>(partial_ + to_ + j * lane_rows_ * columns_) =
            make_float4(sums_[j][0], sums_[j][1], sums_[j][2], sums_[j][3]);
      }
      for (float& sum : sums_[j]) sum = 0;
    }
    __syncthreads();
  }

  /// C [row, column]
  __device__ float at(int row, int column) const {
    const float* const from = partial_ + row * columns_ + column;
    float sum = from[0];
#pragma unroll 4
    for (int slice = 1; slice < slices_; ++slice) sum += from[slice * slice_size_];
    return sum;
  }

 private:
  __device__ void add_row(const float4 (&a)[kRows], const float4& b, float float4::*part) {
    for (int j = 0; j < kRows; ++j) {
      const float factor = a[j].*part;
      sums_[j][0] += factor * b.x;
      sums_[j][1] += factor * b.y;
      sums_[j][2] += factor * b.z;
      sums_[j][3] += factor * b.w;
    }
  }

  int columns_, slices_, lane_rows_, stride_, stage_size_, slice_size_;
  float *weights_, *stages_, *partial_;
  // Of this thread: its slice; where it begins in a stage, in rows of B and in C; which of its rows there are.
  int slice_, from_, column_, to_;
  bool is_busy_, is_kept_[kRows];
  float sums_[kRows][4] = {};
};

}  // namespace recur::engine::cuda
