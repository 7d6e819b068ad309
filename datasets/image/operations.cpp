#include "datasets/image/operations.h"

#include <algorithm>

#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>

#include <fmt/ranges.h>

#include "core/error.h"
#include "datasets/image/image_file.h"
#include "datasets/with_commas.h"

namespace recur {
namespace {

[[noreturn]] void fail(const char* who, const std::string& expected, const torch::Tensor& got) {
  throw ShapeError(fmt::format("{}: expected {}; got {} [{}]", who, expected, c10::toString(got.scalar_type()),
                               fmt::join(got.sizes(), ", ")));
}

torch::Tensor blend(const torch::Tensor& colors, const torch::Tensor& other, double factor) {
  return (factor * colors + (1 - factor) * other).clamp(0, 1);
}

/// [1, H, W]
torch::Tensor grey(const torch::Tensor& colors) {
  return (0.2989 * colors[0] + 0.587 * colors[1] + 0.114 * colors[2]).unsqueeze(0);
}

/// Half of d, halves to even.
int64_t half(int64_t d) {
  return d / 2 + d % 2 * (d / 2 % 2);
}

/// A colour's place on the circle of hues, 0 to 1; 0 for greys.
torch::Tensor hue_of(const torch::Tensor& colors, const torch::Tensor& high, const torch::Tensor& spread) {
  const auto safe = at::where(spread == 0, 1, spread);
  const auto r = (high - colors[0]) / safe, g = (high - colors[1]) / safe, b = (high - colors[2]) / safe;
  const auto is_red = colors[0] == high;
  const auto is_green = (colors[1] == high).logical_and(is_red.logical_not());
  const auto is_blue = is_red.logical_not().logical_and(is_green.logical_not());
  const auto sixths = is_red * (b - g) + is_green * (2.0 + r - b) + is_blue * (4.0 + g - r);
  return (sixths / 6.0 + 1.0).fmod(1.0);
}

torch::Tensor from_hsv(const torch::Tensor& hue, const torch::Tensor& saturation, const torch::Tensor& value) {
  const auto sixth = (hue * 6.0).floor();
  const auto f = hue * 6.0 - sixth;
  const auto p = (value * (1.0 - saturation)).clamp(0, 1);
  const auto q = (value * (1.0 - saturation * f)).clamp(0, 1);
  const auto t = (value * (1.0 - saturation * (1.0 - f))).clamp(0, 1);
  const auto i = sixth.to(torch::kInt64).remainder(6).unsqueeze(0);
  const auto channel = [&](const std::vector<torch::Tensor>& by_sixth) {
    return at::stack(by_sixth).gather(0, i).squeeze(0);
  };
  return at::stack(
      {channel({value, q, p, p, t, value}), channel({t, value, value, q, p, p}), channel({p, p, t, value, value, q})});
}

}  // namespace

torch::Tensor resize_image(const torch::Tensor& image, ImageSize size) {
  const auto planes = image.to(torch::kCPU, torch::kFloat).permute({2, 0, 1}).unsqueeze(0);
  const auto resized = at::_upsample_bilinear2d_aa(planes, {size.height, size.width}, /*align_corners=*/false);
  return resized[0].permute({1, 2, 0}).round().clamp(0, 255).to(torch::kUInt8).contiguous();
}

torch::Tensor resize_short_side(const torch::Tensor& image, int64_t size) {
  if (image.dim() != 3 || image.size(2) != 3 || image.numel() == 0 || image.scalar_type() != torch::kUInt8) {
    fail("resize_short_side", "an image, uint8 [H, W, 3]", image);
  }
  const int64_t height = image.size(0), width = image.size(1), shorter = std::min(height, width);
  if (shorter == size) return image.contiguous();
  const int64_t new_height = size * height / shorter, new_width = size * width / shorter;
  if (new_height * new_width > kMaxImagePixels) {
    fail(
        "resize_short_side",
        fmt::format("an image that has up to {} pixels when its short side has {}", with_commas(kMaxImagePixels), size),
        image);
  }
  return resize_image(image, {.height = new_height, .width = new_width});
}

torch::Tensor crop(const torch::Tensor& image, int64_t top, int64_t left, int64_t size) {
  if (image.dim() != 3 || top < 0 || left < 0 || top + size > image.size(0) || left + size > image.size(1)) {
    fail("crop", fmt::format("an image [H, W, 3] that holds {0} x {0} pixels from ({1}, {2})", size, top, left), image);
  }
  return image.narrow(0, top, size).narrow(1, left, size);
}

torch::Tensor center_crop(const torch::Tensor& image, int64_t size) {
  return crop(image, half(image.size(0) - size), half(image.size(1) - size), size);
}

torch::Tensor to_colors(const torch::Tensor& image) {
  return image.permute({2, 0, 1}).to(torch::kFloat, /*non_blocking=*/false, /*copy=*/true,
                                     at::MemoryFormat::Contiguous) /
         255;
}

torch::Tensor flip_horizontally(const torch::Tensor& colors) {
  return colors.flip(-1);
}

torch::Tensor adjust_brightness(const torch::Tensor& colors, double factor) {
  return (factor * colors).clamp(0, 1);
}

torch::Tensor adjust_contrast(const torch::Tensor& colors, double factor) {
  // Row by row first: a mean over all at once is summed in an order that depends on the number of threads.
  return blend(colors, grey(colors).mean(-1).mean(), factor);
}

torch::Tensor adjust_saturation(const torch::Tensor& colors, double factor) {
  return blend(colors, grey(colors), factor);
}

torch::Tensor adjust_hue(const torch::Tensor& colors, double shift) {
  const auto high = colors.amax(0), spread = high - colors.amin(0);
  const auto saturation = spread / at::where(spread == 0, 1, high);
  return from_hsv((hue_of(colors, high, spread) + shift).remainder(1.0), saturation, high);
}

torch::Tensor normalize(const torch::Tensor& colors, const std::vector<double>& mean,
                        const std::vector<double>& deviation) {
  const auto column = [](const std::vector<double>& values) {
    return torch::tensor(values, torch::kFloat).view({-1, 1, 1});
  };
  return (colors - column(mean)) / column(deviation);
}

}  // namespace recur
