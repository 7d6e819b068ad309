// Ragged batches: from padded to packed and back.
#pragma once

#include <optional>

#include <torch/types.h>

#include "models/engine/layer.h"

namespace recur {

/// How a batch was packed, so that it can be unpacked.
struct Packing {
  int64_t T = 0, B = 0;
  torch::Tensor order;        ///< [B] longest first; undefined where nothing was moved
  torch::Tensor positions;    ///< [N] of each packed row in the padded [T*B]; undefined without padding
  std::vector<int64_t> rows;  ///< [T'] see engine::PackedSequences; T' is the longest length

  /// x [T, B, D] -> packed [N, D].
  engine::PackedSequences pack(const torch::Tensor& x) const;
  /// data [N, D] -> [T, B, D], zero behind each sequence's end.
  torch::Tensor unpack(const torch::Tensor& data) const;
  /// states [.., B, H] in the batch's order -> longest first.
  torch::Tensor sort(const torch::Tensor& states) const;
  /// The way back.
  torch::Tensor unsort(const torch::Tensor& states) const;
};

/// @param T, B     of the padded batch
/// @param lengths  [B] whole numbers in 1..T, or nothing
/// @param device   of the packed sequences
/// @throws ShapeError as torch's pack_padded_sequence does: a length of zero is refused.
Packing plan_packing(int64_t T, int64_t B, const std::optional<torch::Tensor>& lengths, const torch::Device& device);

}  // namespace recur
