// What a config says about captioned images: where they come from and how they are split.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/options.h"
#include "datasets/image/options.h"
#include "datasets/text/options.h"

namespace recur {

/// Images with one caption or more each.
///
/// flickr8k and karpathy are split as their makers split them.  csv and coco are carved: what no file is named for is
/// taken from the training part, image by image, so that no image is in two splits.
struct CaptionDataOptions {
  std::string format = "shapes";
  std::string folder = "";
  std::string captions = "", validation_captions = "", test_captions = "";
  std::string images = "";
  bool punctuation = false;
  double validation_fraction = 0.1;
  double test_fraction = 0.1;
  std::string check_images = "header";
  int64_t simulate_examples = 6000;
  std::optional<int64_t> captions_per_image = std::nullopt;
  TextOptions text = {};
  ImageOptions image = {};

  static constexpr auto fields() {
    using C = CaptionDataOptions;
    return std::tuple{
        field("format", &C::format,
              "shapes: built in, drawn scenes; csv: image,caption as Kaggle has Flickr8k; karpathy: his dataset.json",
              one_of("shapes", "flickr8k", "csv", "karpathy", "coco")),
        field("folder", &C::folder, "flickr8k: where its captions and lists are; empty: in the data directory"),
        field("captions", &C::captions,
              "csv, karpathy, coco: the file of captions; coco: those of the training images"),
        field("validation_captions", &C::validation_captions, "coco: a file; empty: carved from the training part"),
        field("test_captions", &C::test_captions, "coco: a file; empty: carved from the training part"),
        field("images", &C::images, "folder of the images; empty: where the format has them, beside the captions"),
        field("punctuation", &C::punctuation, "keep punctuation in captions; false: t-shirt becomes tshirt"),
        field("validation_fraction", &C::validation_fraction,
              "share of the training images that becomes the validation split where the data has none", fraction()),
        field("test_fraction", &C::test_fraction,
              "share of the images that becomes the test split where the data has none", fraction()),
        field("check_images", &C::check_images,
              "before training, read each image's header, or all of it; broken images are left out",
              one_of("header", "all")),
        field("simulate_examples", &C::simulate_examples, "shapes: how many, over all splits", between(20, 1000000)),
        field("captions_per_image", &C::captions_per_image,
              "captions of each image that an epoch trains on, drawn anew each time; null: all", at_least(1)),
        field("text", &C::text, "from captions to tokens"),
        field("image", &C::image, "from images to what the network sees"),
    };
  }
  void check(ConfigCheck& check) const {
    const bool is_coco = format == "coco", has_captions = is_coco || format == "csv" || format == "karpathy";
    check.require(folder.empty() || format == "flickr8k", "folder", "is for format flickr8k only");
    check.require(!has_captions || !captions.empty(), "captions",
                  format == "csv" ? "csv needs its file: captions.txt" : "needs the JSON file of captions");
    check.require(has_captions || captions.empty(), "captions", "is for formats csv, karpathy and coco only");
    check.require(is_coco || validation_captions.empty(), "validation_captions", "is for format coco only");
    check.require(is_coco || test_captions.empty(), "test_captions", "is for format coco only");
    check.require(images.empty() || format != "shapes", "images", "shapes are drawn, not read");
  }
};

}  // namespace recur
