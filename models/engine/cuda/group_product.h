// The product of a step in a persistent pass, as one block computes it, and how the blocks of a group hand each other
// what it is made of.
#pragma once

#include <cuda_pipeline.h>

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

/// What one block has to do.
struct Part {
  const Course& course;
  int group, groups, block, first_unit, units, rows;

  __device__ Part(const Course& of, const Spread& spread, int64_t hidden)
      : course(of),
        group(static_cast<int>(blockIdx.x) / spread.blocks),
        groups(spread.groups),
        block(static_cast<int>(blockIdx.x) % spread.blocks),
        first_unit(block * spread.units),
        units(max(0, min(spread.units, static_cast<int>(hidden) - first_unit))),
        rows(of_group(of.batch)) {}

  /// How many of the batch's first sequences are of this group.
  __device__ int of_group(int64_t of_batch) const {
    return of_batch > group ? static_cast<int>((of_batch - group + groups - 1) / groups) : 0;
  }
  __device__ int64_t row_of_batch(int row) const { return group + static_cast<int64_t>(row) * groups; }
};

/// Through L2: each block writes its part of A to memory and raises its flag; each reads all of it.
template <int kRows>
class ExchangeInL2 {
 public:
  __device__ ExchangeInL2(const Part& part, const Spread& spread, GroupProduct<kRows>& product)
      : part_(part), spread_(spread), product_(product) {}

  /// @param first  A of the first step, [batch, width], which the host put into the exchange; null: none
  __device__ void begin(const float* /*first*/, int64_t /*width*/) {}

  /// A[row, column], for the next product.
  __device__ void show(int row, int64_t column, float value) { row_of(phase_ ^ 1, row)[column] = value; }
  /// Everything that this block shows has been shown.
  __device__ void publish(int /*rows*/, int64_t /*width*/) {
    phase_ ^= 1;
    ++published_;
    __syncthreads();
    if (threadIdx.x == 0) {
      asm volatile("st.release.gpu.global.u32 [%0], %1;" ::"l"(flags() + part_.block), "r"(published_) : "memory");
    }
  }
  /// Waits for what all have published, and multiplies.
  __device__ void multiply(int rows) {
    if (threadIdx.x < 32) {
      for (int block = static_cast<int>(threadIdx.x); block < spread_.blocks; block += 32) {
        unsigned seen = 0;
        do {
          asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(seen) : "l"(flags() + block) : "memory");
        } while (seen < published_);
      }
    }
    __syncthreads();
    const int chunks = (spread_.depth + spread_.chunk - 1) / spread_.chunk;
    for (int c = 0; c < kStages; ++c) {
      if (c < chunks) fetch(rows, c);
      __pipeline_commit();
    }
    for (int c = 0; c < chunks; ++c) {
      __pipeline_wait_prior(kStages - 1);
      __syncthreads();
      product_.add(c % kStages, c * spread_.chunk, length(c));
      if (c + kStages < chunks) {
        __syncthreads();
        fetch(rows, c + kStages);
      }
      __pipeline_commit();
    }
    product_.finish();
  }
  __device__ void end() {}

 private:
  static constexpr int kStages = Spread{.is_cluster = false}.stages();

  __device__ unsigned* flags() const { return part_.course.published + part_.group * Course::kMostBlocks; }
  __device__ float* row_of(int phase, int row) const {
    return part_.course.exchange + (phase * part_.course.batch + part_.row_of_batch(row)) * spread_.depth;
  }
  __device__ int length(int chunk) const { return min(spread_.chunk, spread_.depth - chunk * spread_.chunk); }

  __device__ void fetch(int rows, int chunk) {
    const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
    float* const to = product_.stage(chunk % kStages);
    for (int row = warp; row < rows; row += Spread::kWarps) {
      const float* const from = row_of(phase_, row) + chunk * spread_.chunk;
      for (int k = 4 * lane; k < length(chunk); k += 128) {
        // 16 bytes at once go past L1, which does not see what other blocks write.
        __pipeline_memcpy_async(to + row * product_.stage_stride() + k, from + k, 16);
      }
    }
  }

  const Part& part_;
  const Spread& spread_;
  GroupProduct<kRows>& product_;
  int phase_ = 0;
  unsigned published_ = 0;
};

/// A block's counters of bytes that others write into its shared memory.  Compute capability 9.0; before, never called.
namespace cluster {

__device__ inline uint32_t address_of(const void* shared) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(shared));
}

#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 900
/// The same address in another block of the cluster.
__device__ inline uint32_t in_block(uint32_t address, int block) {
  uint32_t there = 0;
  asm("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(there) : "r"(address), "r"(block));
  return there;
}
__device__ inline void meet() {
  asm volatile("barrier.cluster.arrive.release.aligned;\n barrier.cluster.wait.acquire.aligned;" ::: "memory");
}
__device__ inline void start_counter(uint32_t counter) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(counter) : "memory");
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}
__device__ inline void send(uint32_t to, float value, uint32_t counter) {
  asm volatile("st.async.weak.shared::cluster.mbarrier::complete_tx::bytes.b32 [%0], %1, [%2];" ::"r"(to),
               "r"(__float_as_uint(value)), "r"(counter)
               : "memory");
}
__device__ inline void expect(uint32_t counter, uint32_t bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(counter), "r"(bytes) : "memory");
}
__device__ inline bool has_all(uint32_t counter, uint32_t parity) {
  uint32_t has = 0;
  asm volatile(
      "{\n .reg .pred p;\n mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 p, [%1], %2;\n"
      " selp.u32 %0, 1, 0, p;\n}"
      : "=r"(has)
      : "r"(counter), "r"(parity)
      : "memory");
  return has != 0;
}
#else
__device__ inline uint32_t in_block(uint32_t address, int /*block*/) {
  return address;
}
__device__ inline void meet() {}
__device__ inline void start_counter(uint32_t /*counter*/) {}
__device__ inline void send(uint32_t /*to*/, float /*value*/, uint32_t /*counter*/) {}
__device__ inline void expect(uint32_t /*counter*/, uint32_t /*bytes*/) {}
__device__ inline bool has_all(uint32_t /*counter*/, uint32_t /*parity*/) {
  return true;
}
#endif

}  // namespace cluster

/// In a cluster: each block writes its part of A into the shared memory of all, and the writes count themselves.
template <int kRows>
class ExchangeInCluster {
 public:
  __device__ ExchangeInCluster(const Part& part, const Spread& spread, GroupProduct<kRows>& product)
      : part_(part), spread_(spread), product_(product) {
    __shared__ alignas(8) uint64_t counters[2];
    counters_ = cluster::address_of(counters);
  }

  __device__ void begin(const float* first, int64_t width) {
    for (int number = 0; number < 2; ++number) {
      float* const stage = product_.stage(number);
      for (int place = static_cast<int>(threadIdx.x); place < product_.stage_size(); place += Spread::kThreads) {
        const int row = place / product_.stage_stride(), k = place % product_.stage_stride();
        const bool is_there = first != nullptr && row < part_.rows && k < width;
        stage[place] = is_there ? first[part_.row_of_batch(row) * width + k] : 0;
      }
      if (threadIdx.x == 0) cluster::start_counter(counter(number));
    }
    cluster::meet();
  }

  __device__ void show(int row, int64_t column, float value) {
    const int next = phase_ ^ 1;
    float* const here = product_.stage(next) + row * product_.stage_stride() + column;
    if (is_alone()) {
      *here = value;
      return;
    }
    const uint32_t to = cluster::address_of(here);
    for (int block = 0; block < spread_.blocks; ++block) {
      cluster::send(cluster::in_block(to, block), value, cluster::in_block(counter(next), block));
    }
  }
  __device__ void publish(int rows, int64_t width) {
    phase_ ^= 1;
    __syncthreads();  // who shows nothing may still read the last product
    if (is_alone()) return;
    is_waited_for_ = true;
    if (threadIdx.x == 0) cluster::expect(counter(phase_), static_cast<uint32_t>(rows * width * sizeof(float)));
  }
  __device__ void multiply(int /*rows*/) {
    wait();
    product_.add(phase_, 0, spread_.depth);
    product_.finish();
  }
  /// No block leaves while others write to it.
  __device__ void end() {
    wait();
    cluster::meet();
  }

 private:
  __device__ bool is_alone() const { return spread_.blocks == 1; }
  __device__ uint32_t counter(int number) const { return counters_ + static_cast<uint32_t>(sizeof(uint64_t)) * number; }
  __device__ void wait() {
    if (!is_waited_for_) return;
    is_waited_for_ = false;
    const uint32_t parity = parities_ >> phase_ & 1;
    parities_ ^= 1U << phase_;
    while (!cluster::has_all(counter(phase_), parity)) {
    }
  }

  const Part& part_;
  const Spread& spread_;
  GroupProduct<kRows>& product_;
  uint32_t counters_ = 0, parities_ = 0;
  int phase_ = 0;
  bool is_waited_for_ = false;
};

}  // namespace recur::engine::cuda
