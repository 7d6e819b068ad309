// Products of a few rows with columns packed in panels, in registers: what every GEMM of the fused engine is made of.
#pragma once

#include <cstdint>

#include "models/engine/cpu/bf16.h"

namespace recur::engine::cpu {

inline constexpr int64_t kPanel = 16;  ///< columns: a vector of AVX-512

/// C [rows, columns] (+)= A [rows, depth] B [depth, columns].  C is f32; depth and the strides of A and B count floats,
/// each of which may hold a pair of bf16.
struct TileProduct {
  Numbers numbers = Numbers::kF32;
  int64_t rows = 0, depth = 0, columns = 0;
  const float* a = nullptr;
  int64_t a_stride = 0;      ///< floats between rows
  bool a_is_panel = false;   ///< A lies as [depth, kPanel] with at most kPanel rows: a panel, transposed
  const float* b = nullptr;  ///< panels of [.., kPanel], the last filled up with anything
  int64_t b_stride = 0;      ///< floats between panels
  float* c = nullptr;
  int64_t c_stride = 0;
  bool add = false;
};

/// By the best instruction set that this machine has.
void multiply_tiles(const TileProduct& product);

}  // namespace recur::engine::cpu
