// The image encoder: pixels in, a grid of feature vectors out, by a residual network that is trained from scratch or
// starts from weights of others.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include "core/options.h"
#include "models/vision/resnet.h"

namespace recur {

struct ImageEncoderOptions {
  std::string network = "small";
  std::vector<int64_t> channels = {16, 32, 64};
  std::vector<int64_t> blocks = {1, 1, 1};
  std::string weights = "";
  bool frozen = false;
  bool cache_features = true;

  static constexpr auto fields() {
    using O = ImageEncoderOptions;
    return std::tuple{
        field("network", &O::network,
              "the residual network; small halves the grid at each stage, ResNets have a cell per 32x32 pixels",
              one_of("small", "resnet18", "resnet34")),
        field("channels", &O::channels, "of each stage of the small network; each stage but the first halves the grid",
              at_least(1)),
        field("blocks", &O::blocks, "residual blocks of each stage of the small network", at_least(1)),
        field("weights", &O::weights,
              "file of pre-trained weights, safetensors or a state_dict of torch.save; empty: drawn at random"),
        field("frozen", &O::frozen, "the weights stay as they are, and batch norms keep their statistics"),
        field(
            "cache_features", &O::cache_features,
            "frozen, and images that are not varied: what the network says of each is kept in the user's cache folder"),
    };
  }
  void check(ConfigCheck& check) const;
};

/// A residual network whose state_dict has torchvision's names, without `fc`.
class ImageEncoderImpl : public torch::nn::Cloneable<ImageEncoderImpl> {
 public:
  /// Weights are drawn at random; see load_pretrained (pretrained.h).
  explicit ImageEncoderImpl(ImageEncoderOptions options);

  void reset() override;
  /// A frozen encoder stays in evaluation mode.
  void train(bool on = true) override;

  /// @param images  [B, 3, H, W], normalised as the weights expect it
  /// @return        [B, C, h, w]: C = channels(), h = ceil(H / stride()), w = ceil(W / stride())
  /// @throws ShapeError
  torch::Tensor forward(const torch::Tensor& images);

  int64_t channels() const { return trunk_->options().channels.back(); }
  /// Pixels between neighbouring cells of the grid.
  int64_t stride() const { return trunk_->stride(); }
  const ImageEncoderOptions& options() const { return options_; }
  const ResNetImpl& trunk() const { return *trunk_; }

 private:
  ImageEncoderOptions options_;
  ResNet trunk_ = nullptr;  // not registered: its children are registered here, so that names have no prefix
};
TORCH_MODULE(ImageEncoder);

}  // namespace recur
