#include "datasets/image/transform.h"

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include <fmt/ranges.h>

#include "datasets/image/image_file.h"
#include "datasets/image/operations.h"

namespace recur {
namespace {

/// Numbers from a seed, the same with every standard library.
class Draw {
 public:
  explicit Draw(uint64_t seed) : engine_(seed) {}

  /// low <= x < high.
  double between(double low, double high) {
    return low + (high - low) * static_cast<double>(engine_() >> 11) * 0x1.0p-53;
  }
  /// One of 0 .. count-1.
  int64_t one_of(int64_t count) { return static_cast<int64_t>(between(0, static_cast<double>(count))); }

 private:
  std::mt19937_64 engine_;
};

/// The four changes in random order, since they do not commute.  Draws the same numbers whichever of them are wanted.
torch::Tensor jitter(torch::Tensor colors, const ColorJitterOptions& options, Draw& draw) {
  const auto factor = [&](double x) { return draw.between(std::max(0.0, 1 - x), 1 + x); };
  const double brightness = factor(options.brightness), contrast = factor(options.contrast);
  const double saturation = factor(options.saturation), hue = draw.between(-options.hue, options.hue);
  std::array<int, 4> order{0, 1, 2, 3};
  for (size_t k = order.size() - 1; k > 0; --k) std::swap(order[k], order[draw.one_of(static_cast<int64_t>(k) + 1)]);
  for (const int change : order) {
    if (change == 0 && options.brightness > 0) colors = adjust_brightness(colors, brightness);
    if (change == 1 && options.contrast > 0) colors = adjust_contrast(colors, contrast);
    if (change == 2 && options.saturation > 0) colors = adjust_saturation(colors, saturation);
    if (change == 3 && options.hue > 0) colors = adjust_hue(colors, hue);
  }
  return colors;
}

constexpr const char* kScript = R"SCRIPT(
def resized(self, image: Tensor) -> Tensor:
    height, width = image.size(0), image.size(1)
    shorter = min(height, width)
    planes = image.permute(2, 0, 1).unsqueeze(0)
    if shorter == self.resize:
        return planes
    size = [self.resize * height // shorter, self.resize * width // shorter]
    assert size[0] * size[1] <= self.max_pixels, "the image is too long to be resized by its short side"
    planes = torch._upsample_bilinear2d_aa(planes.to(self.float32), size, False)
    return planes.round().clamp(0, 255).to(self.uint8)

def half(self, d: int) -> int:
    return d // 2 + d % 2 * (d // 2 % 2)

def forward(self, image: Tensor) -> Tensor:
    assert image.dim() == 3 and image.size(2) == 3, "expected an image [height, width, 3]"
    assert image.dtype == self.uint8 and image.numel() > 0, "expected an image of bytes (uint8), RGB"
    planes = self.resized(image)
    top, left = self.half(planes.size(2) - self.size), self.half(planes.size(3) - self.size)
    square = planes[:, :, top:top + self.size, left:left + self.size]
    colors = square.to(self.float32).contiguous() / 255
    return (colors - self.mean.to(colors.device)) / self.std.to(colors.device)
)SCRIPT";

}  // namespace

torch::Tensor ImageTransform::prepare(const torch::Tensor& image) const {
  return resize_short_side(image, options_.resize);
}

torch::Tensor ImageTransform::evaluate(const torch::Tensor& prepared) const {
  return normalize(to_colors(center_crop(prepared, options_.size)), options_.mean, options_.deviation);
}

torch::Tensor ImageTransform::train(const torch::Tensor& prepared, uint64_t seed) const {
  Draw draw(seed);
  const int64_t top = draw.one_of(prepared.size(0) - options_.size + 1);
  const int64_t left = draw.one_of(prepared.size(1) - options_.size + 1);
  const bool flipped = draw.one_of(2) == 1;
  const bool random = options_.crop == "random";
  auto colors = to_colors(random ? crop(prepared, top, left, options_.size) : center_crop(prepared, options_.size));
  if (options_.flip && flipped) colors = flip_horizontally(colors);
  if (options_.jitter.changes_anything()) colors = jitter(colors, options_.jitter, draw);
  return normalize(colors, options_.mean, options_.deviation);
}

torch::jit::Module ImageTransform::to_torchscript() const {
  torch::jit::Module module("ImageTransform");
  module.register_attribute("resize", c10::IntType::get(), options_.resize);
  module.register_attribute("size", c10::IntType::get(), options_.size);
  // Text that C++ compiles has no names for types, only their numbers.
  module.register_attribute("uint8", c10::IntType::get(), static_cast<int64_t>(torch::kUInt8));
  module.register_attribute("float32", c10::IntType::get(), static_cast<int64_t>(torch::kFloat));
  module.register_attribute("max_pixels", c10::IntType::get(), kMaxImagePixels);
  module.register_buffer("mean", torch::tensor(options_.mean, torch::kFloat).view({1, 3, 1, 1}));
  module.register_buffer("std", torch::tensor(options_.deviation, torch::kFloat).view({1, 3, 1, 1}));
  module.define(kScript);
  return module;
}

std::string ImageTransform::key() const {
  return fmt::format("image transform 1: resize {}, size {}, mean {}, std {}", options_.resize, options_.size,
                     options_.mean, options_.deviation);
}

}  // namespace recur
