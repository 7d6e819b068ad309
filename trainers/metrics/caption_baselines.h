// Captions that need no network.  A model that does not beat them has not learned to look.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/types.h>

namespace recur {

/// The index of what to say of every image: of the captions that occur most often the one most like all others, by the
/// mean F1 of the words that two captions share; of equals the first.  Where no caption occurs twice, as in most data
/// that people wrote, that is the one most like the others.  Words are what stands between blanks.
/// Linear in the number of words times that of different lengths.
/// @throws DataError if there is no caption.
int64_t commonest_caption(const std::vector<std::string>& captions);

/// [M] int64: for each query the index of the training row at the smallest Euclidean distance, of equals the first.
/// Equal is what differs by less than float64's rounding of the products that the distances are computed from.
/// @param train  [N, D], N >= 1   @param query  [M, D]
/// @throws ShapeError
torch::Tensor nearest_neighbours(const torch::Tensor& train, const torch::Tensor& query);

/// [512] float32: the share of the pixels in each of 8 x 8 x 8 boxes of equal size in RGB; index (r * 8 + g) * 8 + b.
/// Sees neither place nor shape.
/// @param image  uint8 [H, W, 3]
/// @throws ShapeError
torch::Tensor colour_histogram(const torch::Tensor& image);

}  // namespace recur
