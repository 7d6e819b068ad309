// A block's counters of bytes that others of its cluster write into its shared memory, in PTX.  Code for less than
// compute capability 9.0 has stand-ins, which are never called (capacity_of_device()).
#pragma once

#include <cstdint>

namespace recur::engine::cuda::cluster {

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

}  // namespace recur::engine::cuda::cluster
