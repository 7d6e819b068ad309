#include "models/vision/image_encoder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"

namespace recur {
namespace {

ResNetOptions resnet_options(const ImageEncoderOptions& options) {
  if (options.network == "resnet18") return {.blocks = {2, 2, 2, 2}};
  if (options.network == "resnet34") return {.blocks = {3, 4, 6, 3}};
  return {.stem = "small", .channels = options.channels, .blocks = options.blocks};
}

}  // namespace

void ImageEncoderOptions::check(ConfigCheck& check) const {
  const ImageEncoderOptions defaults;
  if (network != "small") {
    check.require(channels == defaults.channels, "channels",
                  "goes with `network: small`; ~model.encoder.channels leaves it out");
    check.require(blocks == defaults.blocks, "blocks",
                  "goes with `network: small`; ~model.encoder.blocks leaves it out");
    return;
  }
  check.require(!channels.empty(), "channels", "must name at least one stage");
  check.require(
      blocks.size() == channels.size(), "blocks",
      fmt::format("must have one number per stage, as `channels` has; got {} and {}", blocks.size(), channels.size()));
}

ImageEncoderImpl::ImageEncoderImpl(ImageEncoderOptions options) : options_(std::move(options)) {
  reset();
}

void ImageEncoderImpl::reset() {
  trunk_ = ResNet(resnet_options(options_));
  for (const auto& child : trunk_->named_children()) register_module(child.key(), child.value());
  if (!options_.frozen) return;
  for (auto& parameter : parameters()) parameter.requires_grad_(false);
  eval();
}

void ImageEncoderImpl::train(bool on) {
  Module::train(on && !options_.frozen);
}

torch::Tensor ImageEncoderImpl::forward(const torch::Tensor& images) {
  if (images.dim() != 4 || images.size(1) != 3) {
    throw ShapeError(
        fmt::format("ImageEncoder: expected images [B, 3, H, W], got [{}]", fmt::join(images.sizes(), ", ")));
  }
  // Channels last: a third less time on a CPU, forward and backward; the grid comes out so, too.
  return trunk_->forward(images.contiguous(at::MemoryFormat::ChannelsLast));
}

}  // namespace recur
