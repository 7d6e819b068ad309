// CUDA's error codes as exceptions.
#pragma once

#include <stdexcept>
#include <string>

#include <cuda_runtime.h>

namespace recur::engine::cuda {

/// @throws std::runtime_error  if `error` is one; LibTorch's next check does not find it again
inline void check(cudaError_t error) {
  if (error == cudaSuccess) return;
  cudaGetLastError();
  throw std::runtime_error(std::string("the fused engine on CUDA: ") + cudaGetErrorString(error));
}

}  // namespace recur::engine::cuda
