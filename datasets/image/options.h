// What a config says about images: how large they are, and how they are varied in training.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "core/options.h"

namespace recur {

/// How much each training image's colours are changed: by factors drawn from 1 - x to 1 + x, and the hue by up to x.
struct ColorJitterOptions {
  double brightness = 0;
  double contrast = 0;
  double saturation = 0;
  double hue = 0;

  bool changes_anything() const { return brightness > 0 || contrast > 0 || saturation > 0 || hue > 0; }

  static constexpr auto fields() {
    using O = ColorJitterOptions;
    return std::tuple{
        field("brightness", &O::brightness, "factors from 1 - x to 1 + x", at_least(0)),
        field("contrast", &O::contrast, "factors from 1 - x to 1 + x", at_least(0)),
        field("saturation", &O::saturation, "factors from 1 - x to 1 + x", at_least(0)),
        field("hue", &O::hue, "turned by -x to x, where 1 is once round the circle of colours", between(0, 0.5)),
    };
  }
};

struct ImageOptions {
  int64_t size = 224;
  int64_t resize = 256;
  std::string crop = "random";
  bool flip = false;
  ColorJitterOptions jitter = {};
  std::vector<double> mean = {0.485, 0.456, 0.406};
  std::vector<double> deviation = {0.229, 0.224, 0.225};
  int64_t memory_mb = 1024;
  int64_t workers = 2;

  /// Whether the same image is not the same each time in training.
  bool varies() const { return crop == "random" || flip || jitter.changes_anything(); }

  static constexpr auto fields() {
    using O = ImageOptions;
    return std::tuple{
        field("size", &O::size, "side of the square that the network sees, in pixels", at_least(1)),
        field("resize", &O::resize, "short side of the image that the square is cut from, in pixels", at_least(1)),
        field("crop", &O::crop, "where the square is cut in training; otherwise it is the centre",
              one_of("random", "centre")),
        field("flip", &O::flip, "mirror every other training image; wrong where captions say left or right"),
        field("jitter", &O::jitter, "how the colours are varied in training"),
        field("mean", &O::mean, "subtracted from red, green and blue (0 to 1); the default is ImageNet's"),
        field("std", &O::deviation, "what they are divided by then; the default is ImageNet's", more_than(0)),
        field("memory_mb", &O::memory_mb,
              "of each split, resized images are kept in this much memory; others are read each time", at_least(0)),
        field("workers", &O::workers, "threads that read and vary images ahead of the trainer", between(1, 256)),
    };
  }
  void check(ConfigCheck& check) const {
    check.require(resize >= size, "resize", "must be at least size");
    check.require(mean.size() == 3, "mean", "must be three numbers: red, green, blue");
    check.require(deviation.size() == 3, "std", "must be three numbers: red, green, blue");
  }
};

}  // namespace recur
