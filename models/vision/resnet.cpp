#include "models/vision/resnet.h"

#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <torch/nn/init.h>

#include <fmt/format.h>

namespace recur {
namespace {

torch::nn::Conv2d convolution(int64_t in, int64_t out, int64_t kernel, int64_t stride) {
  torch::nn::Conv2d made(
      torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding((kernel - 1) / 2).bias(false));
  torch::nn::init::kaiming_normal_(made->weight, 0.0, torch::kFanOut, torch::kReLU);
  return made;
}

torch::nn::ModuleList stage(int64_t in, int64_t out, int64_t blocks, int64_t stride) {
  torch::nn::ModuleList made;
  for (int64_t i = 0; i < blocks; ++i) made->push_back(BasicBlock(i == 0 ? in : out, out, i == 0 ? stride : 1));
  return made;
}

}  // namespace

BasicBlockImpl::BasicBlockImpl(int64_t in_channels, int64_t out_channels, int64_t stride)
    : in_channels_(in_channels), out_channels_(out_channels), stride_(stride) {
  reset();
}

void BasicBlockImpl::reset() {
  conv1 = register_module("conv1", convolution(in_channels_, out_channels_, 3, stride_));
  bn1 = register_module("bn1", torch::nn::BatchNorm2d(out_channels_));
  conv2 = register_module("conv2", convolution(out_channels_, out_channels_, 3, 1));
  bn2 = register_module("bn2", torch::nn::BatchNorm2d(out_channels_));
  if (stride_ == 1 && in_channels_ == out_channels_) return;
  downsample = register_module("downsample", torch::nn::ModuleList(convolution(in_channels_, out_channels_, 1, stride_),
                                                                   torch::nn::BatchNorm2d(out_channels_)));
}

torch::Tensor BasicBlockImpl::shortcut(const torch::Tensor& x) {
  if (!downsample) return x;
  const auto y = downsample[0]->as<torch::nn::Conv2dImpl>()->forward(x);
  return downsample[1]->as<torch::nn::BatchNorm2dImpl>()->forward(y);
}

torch::Tensor BasicBlockImpl::forward(const torch::Tensor& x) {
  auto y = at::relu(bn1->forward(conv1->forward(x)));
  y = bn2->forward(conv2->forward(y));
  return at::relu(y + shortcut(x));
}

ResNetImpl::ResNetImpl(ResNetOptions options) : options_(std::move(options)) {
  reset();
}

void ResNetImpl::reset() {
  const auto& channels = options_.channels;
  conv1 = register_module("conv1", convolution(3, channels[0], options_.stem == "small" ? 3 : 7, 2));
  bn1 = register_module("bn1", torch::nn::BatchNorm2d(channels[0]));
  layers.clear();
  for (size_t i = 0; i < channels.size(); ++i) {
    const auto in = channels[i == 0 ? 0 : i - 1];
    layers.push_back(register_module(fmt::format("layer{}", i + 1),
                                     stage(in, channels[i], options_.blocks[i], /*stride=*/i == 0 ? 1 : 2)));
  }
}

torch::Tensor ResNetImpl::forward(const torch::Tensor& images) {
  auto x = at::relu(bn1->forward(conv1->forward(images)));
  if (options_.stem != "small") x = at::max_pool2d(x, {3, 3}, {2, 2}, {1, 1});
  for (const auto& layer : layers) {
    for (const auto& block : *layer) x = block->as<BasicBlockImpl>()->forward(x);
  }
  return x;
}

int64_t ResNetImpl::stride() const {
  const int64_t stem = options_.stem == "small" ? 2 : 4;
  return stem << (options_.channels.size() - 1);
}

}  // namespace recur
