#include "datasets/image/image_loader.h"

#include <utility>

namespace recur {

ImageLoader::ImageLoader(Read read, const ImageTransform& transform, int64_t count, int64_t memory_bytes)
    : read_(std::move(read)), transform_(transform), memory_left_(memory_bytes), kept_(static_cast<size_t>(count)) {}

torch::Tensor ImageLoader::prepared(int64_t index) {
  auto& kept = kept_.at(static_cast<size_t>(index));
  {
    const std::lock_guard lock(mutex_);
    if (kept.defined()) return kept;
  }
  // Two threads may do this for the same image; that costs less than making one wait.
  const auto image = transform_.prepare(read_(index));
  const std::lock_guard lock(mutex_);
  const auto bytes = static_cast<int64_t>(image.nbytes());
  if (!kept.defined() && bytes <= memory_left_) {
    kept = image;
    memory_left_ -= bytes;
  }
  return image;
}

}  // namespace recur
