// What is done to images, one operation a function, each equal to torchvision's of that name.
//
// "Colours" are float32 [3, H, W] with 0 for none and 1 for all of red, green and blue.
#pragma once

#include <cstdint>
#include <vector>

#include <torch/types.h>

namespace recur {

/// In pixels.
struct ImageSize {
  int64_t height = 0, width = 0;
};

/// The image in another size, stretched; bilinear, with a filter as wide as the reduction (antialiased), rounded to
/// bytes.
/// @param image  [H, W, C], numbers from 0 to 255
/// @param size   in pixels
/// @returns      uint8 [size.height, size.width, C] on the CPU, contiguous
torch::Tensor resize_image(const torch::Tensor& image, ImageSize size);

/// Makes the short side `size` pixels and the long one size * long / short, rounded down; as resize_image().
/// @param image  uint8 [H, W, 3]
/// @param size   in pixels
/// @returns      uint8 [H', W', 3], contiguous
/// @throws ShapeError if it is no image, or so long that the result would have more than kMaxImagePixels.
torch::Tensor resize_short_side(const torch::Tensor& image, int64_t size);

/// The square of `size` pixels whose upper left corner is (top, left).
/// @param image            [H, W, 3]
/// @param top, left, size  in pixels
/// @returns                a view [size, size, 3]
/// @throws ShapeError if it reaches over the edge.
torch::Tensor crop(const torch::Tensor& image, int64_t top, int64_t left, int64_t size);

/// The square in the middle; half pixels are rounded to even, as Python does.
torch::Tensor center_crop(const torch::Tensor& image, int64_t size);

/// uint8 [H, W, 3] -> float32 [3, H, W] from 0 to 1.
torch::Tensor to_colors(const torch::Tensor& image);

/// [..., W], left and right exchanged.
torch::Tensor flip_horizontally(const torch::Tensor& colors);

/// Towards black (factor 0); 1 changes nothing.
torch::Tensor adjust_brightness(const torch::Tensor& colors, double factor);
/// Towards the mean grey (factor 0); 1 changes nothing.
torch::Tensor adjust_contrast(const torch::Tensor& colors, double factor);
/// Towards grey (factor 0); 1 changes nothing.
torch::Tensor adjust_saturation(const torch::Tensor& colors, double factor);
/// Turns the hue by `shift`, -0.5 to 0.5, of the circle of colours.
torch::Tensor adjust_hue(const torch::Tensor& colors, double shift);

/// (colors - mean) / deviation, a number each for red, green and blue.
torch::Tensor normalize(const torch::Tensor& colors, const std::vector<double>& mean,
                        const std::vector<double>& deviation);

}  // namespace recur
