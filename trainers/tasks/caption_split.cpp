#include "trainers/tasks/caption_split.h"

#include <algorithm>
#include <utility>

#include <ATen/ops/stack.h>

#include "core/scramble.h"
#include "core/sha256.h"
#include "datasets/image/operations.h"
#include "trainers/metrics/caption_baselines.h"
#include "trainers/metrics/caption_scores.h"

namespace recur {
namespace {

constexpr int64_t kMegabyte = 1'000'000;

uint64_t seed_of(int64_t seed, int64_t epoch, int64_t index) {
  const auto of_epoch = scrambled(scrambled(static_cast<uint64_t>(seed)) + static_cast<uint64_t>(epoch));
  return scrambled(of_epoch + static_cast<uint64_t>(index));
}

}  // namespace

std::vector<std::string> canonical_captions(const CaptionedImages& source, const TextPipeline& pipeline) {
  std::vector<std::string> all;
  for (const auto& captions : source.captions) {
    for (const auto& caption : captions) all.push_back(pipeline.canonical(caption));
  }
  return all;
}

CaptionSplit::CaptionSplit(const CaptionedImages& source, const TextPipeline& pipeline, const ImageOptions& image)
    : source_(&source), loader_(source.image, ImageTransform(image), source.size(), image.memory_mb * kMegabyte) {
  for (const auto& captions : source.captions) {
    auto& ids = captions_.emplace_back();
    auto& references = references_.emplace_back();
    for (const auto& caption : captions) {
      ids.push_back(pipeline.encode(caption));
      references.push_back(caption_words(pipeline.canonical(caption)));
    }
  }
}

std::vector<std::vector<int64_t>> CaptionSplit::drawn_captions(int64_t index, int64_t count, int64_t seed,
                                                               int64_t epoch) const {
  auto drawn = captions(index);
  uint64_t random = seed_of(seed, epoch, index);
  for (int64_t k = 0; k < std::min(count, static_cast<int64_t>(drawn.size())); ++k) {
    random = scrambled(random);
    std::swap(drawn[k], drawn[k + random % (drawn.size() - k)]);
  }
  if (static_cast<int64_t>(drawn.size()) > count) drawn.resize(count);
  return drawn;
}

torch::Tensor CaptionSplit::seen(int64_t index) {
  return center_crop(loader_.prepared(index), loader_.transform().options().size).contiguous();
}

torch::Tensor CaptionSplit::images(int64_t begin, int64_t end) {
  std::vector<torch::Tensor> images;
  for (int64_t k = begin; k < end; ++k) images.push_back(loader_.transform().evaluate(loader_.prepared(k)));
  return at::stack(images);
}

torch::Tensor CaptionSplit::varied_images(std::span<const int64_t> indices, int64_t seed, int64_t epoch) {
  std::vector<torch::Tensor> images;
  for (const int64_t k : indices) {
    images.push_back(loader_.transform().train(loader_.prepared(k), seed_of(seed, epoch, k)));
  }
  return at::stack(images);
}

torch::Tensor CaptionSplit::colours(int64_t index) {
  return colour_histogram(loader_.prepared(index));
}

std::string CaptionSplit::digest() const {
  Sha256 sha;
  sha.add(loader_.transform().key());
  for (int64_t k = 0; k < size(); ++k) sha.add(source_->digest(k));
  return sha.finish();
}

}  // namespace recur
