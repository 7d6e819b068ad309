// Images by number, resized, from memory where they fit.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include <torch/types.h>

#include "datasets/image/transform.h"

namespace recur {

/// Reads images when they are first asked for, and keeps them as ImageTransform::prepare() leaves them until the memory
/// is used up; the others are read each time.  May be called from several threads at once.
class ImageLoader {
 public:
  /// The image of an index, uint8 [H, W, 3].  Is called from several threads at once.
  using Read = std::function<torch::Tensor(int64_t index)>;

  /// @param read          makes the image of an index
  /// @param transform     what becomes of each
  /// @param count         indices are 0..count-1
  /// @param memory_bytes  of all images that are kept
  ImageLoader(Read read, const ImageTransform& transform, int64_t count, int64_t memory_bytes);

  /// The prepared image, uint8 [H', W', 3]; others hold it too, so it must not be written to.
  /// @throws what the reading function throws, std::out_of_range for an index that is none.
  torch::Tensor prepared(int64_t index);

  const ImageTransform& transform() const { return transform_; }

 private:
  Read read_;
  ImageTransform transform_;
  int64_t memory_left_;
  std::mutex mutex_;  // over what follows and memory_left_
  std::vector<torch::Tensor> kept_;
};

}  // namespace recur
