#include "models/sequence/acoustic_encoder.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/relu.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "models/sequence/dropout.h"
#include "models/sequence/torchscript.h"

namespace recur {

AcousticEncoderImpl::AcousticEncoderImpl(int64_t columns, AcousticEncoderOptions options)
    : columns_(columns), options_(std::move(options)) {
  reset();
}

void AcousticEncoderImpl::reset() {
  const auto& conv = options_.convolution;
  convolutions.clear();
  int64_t D = columns_;
  for (int64_t layer = 0; layer < conv.layers; ++layer) {
    convolutions.push_back(register_module(
        fmt::format("convolution_{}", layer),
        torch::nn::Conv1d(torch::nn::Conv1dOptions(D, conv.channels, conv.kernel).stride(conv.stride))));
    D = conv.channels;
  }
  recurrent = register_module("recurrent", Recurrent(D, options_.recurrent));
}

int64_t AcousticEncoderImpl::stride() const {
  int64_t all = 1;
  for (size_t layer = 0; layer < convolutions.size(); ++layer) all *= options_.convolution.stride;
  return all;
}

int64_t AcousticEncoderImpl::steps(int64_t frames) const {
  return (frames + stride() - 1) / stride();  // the same as layer by layer
}

torch::Tensor zero_behind(const torch::Tensor& x, const torch::Tensor& lengths) {
  const auto steps = at::arange(x.size(1), at::TensorOptions(torch::kInt64).device(x.device()));
  const auto behind = steps.ge(lengths.to(x.device()).unsqueeze(1));
  return x.masked_fill(behind.unsqueeze(2), 0);
}

Heard AcousticEncoderImpl::forward(const torch::Tensor& frames, const torch::Tensor& lengths) {
  if (frames.dim() != 3 || frames.size(2) != columns_ || lengths.dim() != 1 || lengths.size(0) != frames.size(0)) {
    throw ShapeError(fmt::format("AcousticEncoder: expected frames [B, T, {}] and lengths [B], got [{}] and [{}]",
                                 columns_, fmt::join(frames.sizes().vec(), ", "),
                                 fmt::join(lengths.sizes().vec(), ", ")));
  }
  const auto& conv = options_.convolution;
  Heard heard{.output = frames, .lengths = lengths, .state = {}};
  for (auto& convolution : convolutions) {
    const auto x = zero_behind(heard.output, heard.lengths).transpose(1, 2);  // [B, D, T]
    const int64_t T = x.size(2), filling = (conv.stride - T % conv.stride) % conv.stride;
    const auto padded = at::constant_pad_nd(x, {conv.kernel - conv.stride, filling});
    heard.output = elementwise_dropout(at::relu(convolution->forward(padded)), conv.dropout, is_training());
    heard.output = heard.output.transpose(1, 2);
    heard.lengths = (heard.lengths + conv.stride - 1).div(conv.stride, "floor");
  }
  auto read = recurrent->forward(heard.output, heard.lengths);
  heard.output = elementwise_dropout(read.output, options_.dropout, is_training());
  heard.state = std::move(read.state);
  return heard;
}

torch::jit::Module acoustic_encoder_to_torchscript(const AcousticEncoderImpl& encoder) {
  torch::jit::Module module("AcousticEncoder");
  const auto& conv = encoder.options().convolution;
  std::string layers;
  for (size_t layer = 0; layer < encoder.convolutions.size(); ++layer) {
    const auto name = fmt::format("convolution_{}", layer);
    torch::jit::Module convolution("Convolution");
    convolution.register_parameter("weight", encoder.convolutions[layer]->weight.detach().clone(), false);
    convolution.register_parameter("bias", encoder.convolutions[layer]->bias.detach().clone(), false);
    module.register_module(name, convolution);
    layers += fmt::format("    x, steps = self.convolve(x, steps, self.{0}.weight, self.{0}.bias)\n", name);
  }
  module.register_module("recurrent", recurrent_to_torchscript(*encoder.recurrent));
  module.define(fmt::format(R"(
def convolve(self, x: Tensor, steps: Tensor, weight: Tensor, bias: Tensor) -> Tuple[Tensor, Tensor]:
    behind = torch.arange(x.size(1), device=x.device).unsqueeze(0) >= steps.to(x.device).unsqueeze(1)
    x = x.masked_fill(behind.unsqueeze(2), 0.).transpose(1, 2)
    filling = ({stride} - x.size(2) % {stride}) % {stride}
    x = torch.conv1d(torch.constant_pad_nd(x, [{left}, filling], 0.), weight, bias, [{stride}])
    return x.relu().transpose(1, 2), torch.div(steps + {stride} - 1, {stride}, rounding_mode="floor")
)",
                            fmt::arg("stride", conv.stride), fmt::arg("left", conv.kernel - conv.stride)));
  module.define(
      "def forward(self, frames: Tensor, lengths: Tensor) -> Tuple[Tensor, Tensor, List[Tensor]]:\n"
      "    x, steps = frames, lengths\n" +
      layers +
      "    output, state = self.recurrent.forward(x, steps, None)\n"
      "    return output, steps, state\n");
  return module;
}

}  // namespace recur
