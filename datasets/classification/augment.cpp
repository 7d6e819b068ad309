#include "datasets/classification/augment.h"

#include <cmath>
#include <numbers>

#include <ATen/ops/affine_grid_generator.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/grid_sampler.h>

#include "datasets/draw.h"

namespace recur {

torch::Tensor augment_images(const torch::Tensor& images, const ImageAugmentOptions& options, int64_t seed,
                             int64_t epoch, std::span<const int64_t> examples) {
  const int64_t B = images.size(0), H = images.size(1), W = images.size(2);
  auto maps = at::empty({B, 2, 3}, torch::kFloat32);  // from places in the new image to places in the old one, -1 to 1
  auto* map = maps.mutable_data_ptr<float>();
  const double half_width = static_cast<double>(W) / 2, half_height = static_cast<double>(H) / 2;
  for (const int64_t example : examples) {
    Draw draw({seed, epoch, example});
    const double factor = 1 / (1 + options.scale * draw.between(-1, 1));
    const double angle = options.rotate * draw.between(-1, 1) * std::numbers::pi / 180;
    const double right = options.shift * draw.between(-1, 1), down = options.shift * draw.between(-1, 1);
    const double cosine = factor * std::cos(angle), sine = factor * std::sin(angle);
    for (const double number : {cosine, -sine * half_height / half_width, right / half_width,
                                sine * half_width / half_height, cosine, down / half_height}) {
      *map++ = static_cast<float>(number);
    }
  }
  constexpr int64_t kBilinear = 0, kRepeatEdge = 1;
  const auto grid = at::affine_grid_generator(maps, {B, 1, H, W}, /*align_corners=*/false);
  return at::grid_sampler(images.unsqueeze(1), grid, kBilinear, kRepeatEdge, /*align_corners=*/false).squeeze(1);
}

}  // namespace recur
