// Matrix products whose right side is packed once: C [M, N] (+)= A [M, K] B [K, N], in f32 or by bf16.
#pragma once

#include <cstdint>
#include <vector>

#include "models/engine/cpu/aligned.h"
#include "models/engine/cpu/tiles.h"

namespace recur::engine::cpu {

/// Where a product reads and writes.  Strides in floats between rows.
struct Operands {
  int64_t rows = 0;
  const float* a = nullptr;
  int64_t a_stride = 0;
  float* c = nullptr;
  int64_t c_stride = 0;
  bool add = false;
};

/// B, cut into panels of kPanel columns that lie one behind the other, so that a product reads it in order.  A is
/// rounded as B was when it was packed.
class Panels {
 public:
  Panels() = default;

  /// B = M^T of the chosen rows of M [.., columns]: [columns, rows.size()].  Row -1 stands for zeros.
  static Panels transposed(const float* matrix, int64_t columns, const std::vector<int64_t>& rows,
                           Numbers numbers = Numbers::kF32);
  /// B = the chosen rows of M: [rows.size(), columns].
  static Panels of_rows(const float* matrix, int64_t columns, const std::vector<int64_t>& rows,
                        Numbers numbers = Numbers::kF32);

  /// C (+)= A B, on the calling thread.
  void multiply(const Operands& operands) const { multiply(operands, 0, panels()); }
  /// The same for the columns of panels [first, last) only; C's first column is still the first of all.
  void multiply(const Operands& operands, int64_t first, int64_t last) const;

  int64_t panels() const { return (n_ + kPanel - 1) / kPanel; }

 private:
  Panels(Numbers numbers, int64_t k, int64_t n);
  /// Rows of A from `row` on as this product reads them, of which [first, last) of the depth.
  const float* rounded(const Operands& operands, int64_t row, int64_t rows, int64_t first, int64_t last) const;

  Numbers numbers_ = Numbers::kF32;
  AlignedFloats data_;                 // [panels, depth, kPanel]
  int64_t k_ = 0, n_ = 0, depth_ = 0;  // depth: room of k numbers
};

/// `count` rows of `width` floats as panels of [room_of(count), kPanel]; behind the last column stands anything.
void pack_panels(Numbers numbers, const float* const* rows, int64_t count, int64_t width, float* panels);

}  // namespace recur::engine::cpu
