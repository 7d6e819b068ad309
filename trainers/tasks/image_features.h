// What an image encoder says of a split's images, computed anew or kept on disk.
#pragma once

#include <functional>
#include <string>

#include <torch/types.h>

#include "datasets/read_progress.h"
#include "models/vision/image_encoder.h"
#include "trainers/tasks/caption_split.h"

namespace recur {

class ImageFeatures {
 public:
  /// Refers to `images`.
  /// @param images    of one split
  /// @param encoder   on `device`
  /// @param device    the encoder's
  /// @param keep      the encoder's weights never change: compute once and keep (trainers/feature_cache.h)
  /// @param progress  called while they are computed for the cache
  ImageFeatures(CaptionSplit& images, ImageEncoder encoder, torch::Device device, bool keep, ReadProgress progress);

  /// Hands over the features [B, C, h, w] of all images, some at a time, in their order, on the encoder's device;
  /// evaluation mode, no gradient.  Images are read by several threads ahead of the encoder.
  void for_each(const std::function<void(int64_t begin, const torch::Tensor& features)>& use);

  bool are_kept() const { return keep_; }
  /// [N, C, h, w] float32 on the CPU, mapped from the cache.  Only where they are kept.
  const torch::Tensor& kept();

 private:
  /// Of all that they depend on: another digest, other features.
  std::string digest() const;
  torch::Tensor encode(const torch::Tensor& images);

  CaptionSplit& images_;
  ImageEncoder encoder_;
  torch::Device device_;
  bool keep_;
  ReadProgress progress_;
  torch::Tensor kept_;
};

}  // namespace recur
