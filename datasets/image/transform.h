// From an image to what a network sees, in two halves: `prepare`, which is the same every time and therefore kept, and
// what is done anew for each look, `train` or `evaluate`.  All functions may be called from several threads at once.
#pragma once

#include <cstdint>
#include <string>

#include <torch/csrc/jit/api/module.h>
#include <torch/types.h>

#include "datasets/image/options.h"

namespace recur {

class ImageTransform {
 public:
  explicit ImageTransform(const ImageOptions& options) : options_(options) {}

  /// The image with a short side of options().resize.
  /// @param image  uint8 [H, W, 3]
  /// @returns      uint8 [H', W', 3]
  /// @throws ShapeError as resize_short_side() does.
  torch::Tensor prepare(const torch::Tensor& image) const;

  /// The centre, normalized: float32 [3, S, S].
  /// @param prepared  what prepare() gave
  torch::Tensor evaluate(const torch::Tensor& prepared) const;

  /// A crop, perhaps mirrored and with changed colours, normalized: float32 [3, S, S].  A pure function of its
  /// arguments; torch's own generator is not touched.
  torch::Tensor train(const torch::Tensor& prepared, uint64_t seed) const;

  /// A module with forward(image: Tensor uint8 [H, W, 3]) -> Tensor float32 [1, 3, S, S]: evaluate(prepare(image)), to
  /// the same bits on the same machine.
  torch::jit::Module to_torchscript() const;

  /// Names everything that evaluate(prepare(image)) depends on beside the image.
  std::string key() const;

  const ImageOptions& options() const { return options_; }

 private:
  ImageOptions options_;
};

}  // namespace recur
