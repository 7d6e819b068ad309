// Captioned images, listed and split: what a captioner learns from.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "datasets/caption/options.h"
#include "datasets/read_progress.h"

namespace recur {

/// Parallel vectors, and the images behind them, which are read or drawn when they are asked for.
struct CaptionedImages {
  std::vector<std::string> names;  ///< the file below the folder of images, or "train-17" of drawn ones
  std::vector<std::vector<std::string>>
      captions;  ///< of each image, one or more: UTF-8, not empty, one blank between words, none around them
  std::function<torch::Tensor(int64_t index)>
      image;  ///< uint8 [H, W, 3]; may be called by several threads at once.  @throws DataError naming the file
  std::function<std::string(int64_t index)>
      digest;  ///< SHA-256 of what image() is made of: another image has another one.  @throws DataError

  int64_t size() const { return static_cast<int64_t>(names.size()); }
};

struct CaptionData {
  CaptionedImages train, validation, test;
  std::vector<std::string> report;  ///< what was found, what is absent, and what was left out, for a person
};

/// Reads and splits what `options` describe.  `seed` decides which images a carved split gets, or which scenes are
/// drawn, and nothing else; within a split the images keep the order of the lists.
///
/// An image that is listed and absent, or whose file is broken (`check_images`), is left out, and so are an image
/// without captions, captions without an image, and captions in which nothing is written; `report` counts them.
/// @throws DataError  file:line (JSON: the record's number) for what is malformed, in another encoding, or names a file
///                    outside the folder of images; an image that two splits list; a split all of whose images are
///                    absent or broken; a training or validation split without images.
CaptionData read_captions(const CaptionDataOptions& options, int64_t seed, const ReadProgress& progress = {});

}  // namespace recur
