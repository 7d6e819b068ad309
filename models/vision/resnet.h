// Residual networks (He et al., Deep residual learning for image recognition, 2016) of basic blocks, without the
// classifier on top: images in, a grid of features out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/pimpl.h>

namespace recur {

struct ResNetOptions {
  /// "imagenet": 7x7 convolution of stride 2 and 3x3 max-pooling of stride 2, as published, for images of 224 pixels.
  /// "small": 3x3 convolution of stride 2, so that 64 pixels and three stages end in a grid of 8x8.
  std::string stem = "imagenet";
  std::vector<int64_t> channels = {64, 128, 256, 512};  ///< of each stage; each but the first halves the grid
  std::vector<int64_t> blocks = {2, 2, 2, 2};           ///< of each stage; these make ResNet-18
};

/// y = relu(x' + bn2(conv2(relu(bn1(conv1(x)))))), where x' is x, or its 1x1 projection where the shape changes.
class BasicBlockImpl : public torch::nn::Cloneable<BasicBlockImpl> {
 public:
  BasicBlockImpl(int64_t in_channels, int64_t out_channels, int64_t stride);

  void reset() override;
  /// [B, in_channels, h, w] to [B, out_channels, ceil(h / stride), ceil(w / stride)].
  torch::Tensor forward(const torch::Tensor& x);
  /// x', or x itself where the shape stays.
  torch::Tensor shortcut(const torch::Tensor& x);

  torch::nn::Conv2d conv1 = nullptr, conv2 = nullptr;
  torch::nn::BatchNorm2d bn1 = nullptr, bn2 = nullptr;
  torch::nn::ModuleList downsample = nullptr;  ///< convolution and batch norm; null where the shape stays

 private:
  int64_t in_channels_, out_channels_, stride_;
};
TORCH_MODULE(BasicBlock);

/// Parameters and buffers have torchvision's names, shapes and initial distribution: convolutions normal with standard
/// deviation sqrt(2 / fan_out), batch norms 1 and 0.
class ResNetImpl : public torch::nn::Cloneable<ResNetImpl> {
 public:
  explicit ResNetImpl(ResNetOptions options);

  void reset() override;
  /// [B, 3, H, W] to [B, options().channels.back(), ceil(H / stride()), ceil(W / stride())].
  torch::Tensor forward(const torch::Tensor& images);

  const ResNetOptions& options() const { return options_; }
  /// Pixels between neighbouring cells of the grid, in either direction.
  int64_t stride() const;

  torch::nn::Conv2d conv1 = nullptr;
  torch::nn::BatchNorm2d bn1 = nullptr;
  std::vector<torch::nn::ModuleList> layers;  ///< of BasicBlock; registered as layer1, layer2, ...

 private:
  ResNetOptions options_;
};
TORCH_MODULE(ResNet);

}  // namespace recur
