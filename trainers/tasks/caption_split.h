// A split of captioned images as a captioner reads it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <torch/types.h>

#include "datasets/caption/read_captions.h"
#include "datasets/image/image_loader.h"
#include "datasets/text/pipeline.h"
#include "trainers/metrics/ngrams.h"

namespace recur {

/// All of a split's captions, image after image, in one spelling: the words that a captioner could write, were all of
/// them known.
std::vector<std::string> canonical_captions(const CaptionedImages& source, const TextPipeline& pipeline);

class CaptionSplit {
 public:
  /// Refers to `source`.  `pipeline` and `image` are needed during the call only.
  CaptionSplit(const CaptionedImages& source, const TextPipeline& pipeline, const ImageOptions& image);

  int64_t size() const { return source_->size(); }
  const CaptionedImages& source() const { return *source_; }
  /// What people said of each image, as the metrics take it.
  const std::vector<References>& references() const { return references_; }
  /// Token ids of an image's captions.
  const std::vector<std::vector<int64_t>>& captions(int64_t index) const { return captions_.at(index); }
  /// `count` of them (all, if it has no more), drawn: a pure function of index, `seed` and `epoch`.
  std::vector<std::vector<int64_t>> drawn_captions(int64_t index, int64_t count, int64_t seed, int64_t epoch) const;

  /// Threads that are worth reading images at once.
  int64_t workers() const { return loader_.transform().options().workers; }

  // Images; may be called by several threads at once.

  /// What the network sees of an image when nothing is varied, for people: uint8 [S, S, 3].
  torch::Tensor seen(int64_t index);
  /// For the network: float32 [end - begin, 3, S, S].
  torch::Tensor images(int64_t begin, int64_t end);
  /// For training: varied, a pure function of the images' indices, `seed` and `epoch`.
  torch::Tensor varied_images(std::span<const int64_t> indices, int64_t seed, int64_t epoch);
  /// Shares of colours [512] of an image, whole (metrics/caption_baselines.h).
  torch::Tensor colours(int64_t index);

  /// SHA-256 of all images and of what images() does to them.
  std::string digest() const;

 private:
  const CaptionedImages* source_;
  ImageLoader loader_;
  std::vector<std::vector<std::vector<int64_t>>> captions_;
  std::vector<References> references_;
};

}  // namespace recur
