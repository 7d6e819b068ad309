// What a config says about vectors and images with one label each: where they come from and how they are split.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/options.h"

namespace recur {

/// Where a table's numbers and labels stand.
struct NumberColumns {
  std::string label = "label";
  std::vector<std::string> features = {};
  bool header = true;
  std::string delimiter = "auto";

  static constexpr auto fields() {
    using T = NumberColumns;
    return std::tuple{
        field("label", &T::label, "name of the column of labels, or its number from 1"),
        field("features", &T::features, "names of the columns of numbers, or their numbers from 1; empty: all others"),
        field("header", &T::header, "whether the first row names the columns"),
        field("delimiter", &T::delimiter, "between the fields; auto: found from the first row",
              one_of("auto", ",", ";", "tab")),
    };
  }
  void check(ConfigCheck& check) const {
    check.require(std::ranges::find(features, label) == features.end(), "features", "must not hold the label");
  }
};

/// How much each training image is moved, anew in every epoch.
struct ImageAugmentOptions {
  double shift = 0;
  double rotate = 0;
  double scale = 0;

  bool changes_anything() const { return shift > 0 || rotate > 0 || scale > 0; }

  static constexpr auto fields() {
    using O = ImageAugmentOptions;
    return std::tuple{
        field("shift", &O::shift, "by up to so many pixels in each direction", at_least(0)),
        field("rotate", &O::rotate, "by up to so many degrees", between(0, 180)),
        field("scale", &O::scale, "made larger or smaller by up to this share", fraction()),
    };
  }
};

/// Vectors or images with one label each.  What the data lack in test or validation examples is carved from the
/// training part, stratified by label.
struct ClassificationDataOptions {
  std::string format = "spirals";
  std::string folder = "";
  std::vector<std::string> train = {}, validation = {}, test = {};
  NumberColumns table = {};
  double validation_fraction = 0.1;
  double test_fraction = 0.1;
  int64_t simulate_examples = 3000;
  int64_t simulate_classes = 3;
  double simulate_noise = 0.05;
  ImageAugmentOptions augment = {};

  static constexpr auto fields() {
    using O = ClassificationDataOptions;
    return std::tuple{
        field(
            "format", &O::format,
            "spirals: built in, points of the plane; mnist: handwritten digits; idx: images or vectors in MNIST's file "
            "format; table: your own CSV files of numbers",
            one_of("spirals", "mnist", "idx", "table")),
        field("folder", &O::folder, "mnist: where its four files are; empty: in the data directory"),
        field("train", &O::train, "table: files, one after the other; idx: a file of examples and one of their labels"),
        field("validation", &O::validation, "the same; none: carved from the training part"),
        field("test", &O::test, "the same; none: carved from the training part"),
        field("table", &O::table, "table: where numbers and labels stand"),
        field("validation_fraction", &O::validation_fraction,
              "share of the training part that becomes the validation split where the data have none", fraction()),
        field("test_fraction", &O::test_fraction,
              "share of the examples that becomes the test split where the data have none", fraction()),
        field("simulate_examples", &O::simulate_examples, "spirals: points, over all splits", between(10, 1000000)),
        field("simulate_classes", &O::simulate_classes, "spirals: arms, each a class", between(2, 20)),
        field("simulate_noise", &O::simulate_noise, "spirals: standard deviation about the arm; its length is 1",
              at_least(0)),
        field("augment", &O::augment, "how images are varied in training"),
    };
  }
  void check(ConfigCheck& check) const {
    const bool is_idx = format == "idx", has_files = is_idx || format == "table";
    check.require(!has_files || !train.empty(), "train",
                  is_idx ? "idx needs its files: [images, labels]" : "a table needs its files: [mine.csv]");
    for (const auto& [key, files] :
         {std::pair{"train", &train}, std::pair{"validation", &validation}, std::pair{"test", &test}}) {
      check.require(has_files || files->empty(), key, "is for formats table and idx only");
      check.require(!is_idx || files->empty() || files->size() == 2, key,
                    "idx: must be two files, the examples and their labels");
    }
    check.require(folder.empty() || format == "mnist", "folder", "is for format mnist only");
    check.require(!augment.changes_anything() || format == "mnist" || is_idx, "augment", "is for images only");
  }
};

}  // namespace recur
