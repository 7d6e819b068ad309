// How the blocks of a group hand each other, step by step, what their products are made of.
#pragma once

#include <cuda_pipeline.h>

#include "models/engine/cuda/cluster.h"
#include "models/engine/cuda/group_product.h"
#include "models/engine/cuda/persistent.h"

namespace recur::engine::cuda {

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

  /// `first`: A of the first step, [batch, width], which the host put into the exchange; null: none.
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
