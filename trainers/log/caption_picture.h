// An image with what was said of it, and where each word looked.
#pragma once

#include <string>
#include <vector>

#include <torch/types.h>

namespace recur {

/// A PNG file's bytes, 1080 pixels wide: above, the image and the caption beside it; below, for each word the image lit
/// where that word's attention lies and dark elsewhere, as in Xu et al. 2015, "Show, attend and tell".
///
/// A word's place of most attention is shown as bright as the image is, every other in proportion to its attention,
/// which is interpolated between the places' centres (bicubic).  Attention that is the same everywhere darkens nothing.
/// @param image         uint8 [H, W, 3], the part that the network saw: the attention is laid over all of it
/// @param words         T words; drawn only where there is attention
/// @param attention     [T, h, w], >= 0, any scale (NaN counts as 0), or undefined: image and caption only
/// @param caption_line  the caption and e.g. its score; UTF-8, any length
/// @throws ShapeError; Error if this machine has no font.
std::string caption_picture_png(const torch::Tensor& image, const std::vector<std::string>& words,
                                const torch::Tensor& attention, const std::string& caption_line);

}  // namespace recur
