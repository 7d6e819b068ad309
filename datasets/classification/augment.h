// Training images, each time a little different.
#pragma once

#include <cstdint>
#include <span>

#include <torch/types.h>

#include "datasets/classification/options.h"

namespace recur {

/// Each image scaled, turned about its centre and shifted, by what is drawn for it: a pure function of the arguments.
/// Bilinear; what comes in from outside repeats the edge.
/// @param images    float32 [B, H, W]
/// @param options   how far each may be moved, turned and scaled
/// @param seed      with `epoch` and the example, of what is drawn
/// @param epoch     from 0
/// @param examples  the number of each image in its split, by which it draws
/// @returns         float32 [B, H, W]
torch::Tensor augment_images(const torch::Tensor& images, const ImageAugmentOptions& options, int64_t seed,
                             int64_t epoch, std::span<const int64_t> examples);

}  // namespace recur
