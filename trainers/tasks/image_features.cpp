#include "trainers/tasks/image_features.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/sha256.h"
#include "datasets/prefetch.h"
#include "trainers/feature_cache.h"

namespace recur {
namespace {

constexpr int64_t kBatch = 32;

/// Features over all images `count`, computed by `use` in batches whose images are read ahead.
Prefetch<torch::Tensor> read_ahead(CaptionSplit& images) {
  const int64_t count = images.size();
  return {
      (count + kBatch - 1) / kBatch,
      [&images, count](int64_t batch) { return images.images(batch * kBatch, std::min((batch + 1) * kBatch, count)); },
      images.workers()};
}

}  // namespace

ImageFeatures::ImageFeatures(CaptionSplit& images, ImageEncoder encoder, torch::Device device, bool keep,
                             ReadProgress progress)
    : images_(images), encoder_(std::move(encoder)), device_(device), keep_(keep), progress_(std::move(progress)) {}

torch::Tensor ImageFeatures::encode(const torch::Tensor& images) {
  const torch::NoGradGuard no_grad;
  encoder_->eval();
  return encoder_->forward(images.to(device_));
}

std::string ImageFeatures::digest() const {
  Sha256 sha;
  sha.add("features 1");
  sha.add(images_.digest());
  sha.add(c10::DeviceTypeName(device_.type()));  // other devices round otherwise
  const auto add = [&](const std::string& name, const torch::Tensor& tensor) {
    const auto plain = tensor.detach().to(torch::kCPU).contiguous();
    sha.add(fmt::format("{} {} [{}]", name, c10::toString(plain.scalar_type()), fmt::join(plain.sizes(), ", ")));
    sha.add({static_cast<const char*>(plain.const_data_ptr()), plain.nbytes()});
  };
  for (const auto& item : encoder_->named_parameters()) add(item.key(), item.value());
  for (const auto& item : encoder_->named_buffers()) add(item.key(), item.value());
  return sha.finish();
}

const torch::Tensor& ImageFeatures::kept() {
  if (kept_.defined()) return kept_;
  auto shape = encode(images_.images(0, 1)).sizes().vec();
  shape.front() = images_.size();
  auto ahead = read_ahead(images_);
  kept_ = cached_features(feature_cache_directory(), digest(), shape, kBatch, [&](int64_t begin, int64_t end) {
    auto features = encode(ahead.get(begin / kBatch));
    const auto bytes = static_cast<int64_t>(features.nbytes()) / features.size(0);
    if (progress_) progress_("features of images", end * bytes, images_.size() * bytes);
    return features;
  });
  return kept_;
}

void ImageFeatures::for_each(const std::function<void(int64_t begin, const torch::Tensor& features)>& use) {
  const torch::NoGradGuard no_grad;
  if (keep_) {
    for (int64_t begin = 0; begin < images_.size(); begin += kBatch) {
      use(begin, kept().slice(0, begin, begin + kBatch).to(device_));
    }
    return;
  }
  auto ahead = read_ahead(images_);
  for (int64_t begin = 0; begin < images_.size(); begin += kBatch) use(begin, encode(ahead.get(begin / kBatch)));
}

}  // namespace recur
