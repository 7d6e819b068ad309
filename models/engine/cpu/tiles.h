// Products of a few rows with columns packed in panels, in registers: what every GEMM of the fused engine is made of.
#pragma once

#include <cstdint>

namespace recur::engine::cpu {

inline constexpr int64_t kPanel = 16;  ///< columns: a vector of AVX-512

/// C [rows, panels * kPanel] (+)= A [rows, depth] B, f32.  B lies in panels of [depth, kPanel], one behind the other.
struct TileProduct {
  int64_t rows = 0, depth = 0, panels = 0;
  const float* a = nullptr;
  int64_t a_stride = 0;  ///< floats between rows
  const float* b = nullptr;
  int64_t b_stride = 0;  ///< floats between panels
  float* c = nullptr;
  int64_t c_stride = 0;
  bool add = false;
};

/// By the best instruction set that this machine has.
void multiply_tiles(const TileProduct& product);

}  // namespace recur::engine::cpu
