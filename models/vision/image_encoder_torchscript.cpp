#include "models/vision/image_encoder_torchscript.h"

#include <fmt/format.h>

namespace recur {
namespace {

using torch::jit::Module;

/// A module with copies of what `source` itself holds, not of what its children do.
Module with_tensors_of(const torch::nn::Module& source, const char* name) {
  Module module(name);
  for (const auto& parameter : source.named_parameters(/*recurse=*/false)) {
    module.register_parameter(parameter.key(), parameter.value().detach().clone(), /*is_buffer=*/false);
  }
  for (const auto& buffer : source.named_buffers(/*recurse=*/false)) {
    module.register_buffer(buffer.key(), buffer.value().detach().clone());
  }
  return module;
}

Module convolution(const torch::nn::Conv2dImpl& source) {
  auto module = with_tensors_of(source, "Conv2d");
  const int64_t stride = source.options.stride()->at(0);
  const int64_t padding = (source.weight.size(2) - 1) / 2;
  module.define(fmt::format(R"(
def forward(self, x: Tensor) -> Tensor:
    return torch.conv2d(x, self.weight, None, [{0}, {0}], [{1}, {1}])
)",
                            stride, padding));
  return module;
}

Module batch_norm(const torch::nn::BatchNorm2dImpl& source) {
  auto module = with_tensors_of(source, "BatchNorm2d");
  module.define(fmt::format(R"(
def forward(self, x: Tensor) -> Tensor:
    return torch.batch_norm(x, self.weight, self.bias, self.running_mean, self.running_var, False, 0.0, {}, False)
)",
                            source.options.eps()));
  return module;
}

Module projection(const torch::nn::ModuleListImpl& source) {
  Module module("Projection");
  module.register_module("0", convolution(source.at<torch::nn::Conv2dImpl>(0)));
  module.register_module("1", batch_norm(source.at<torch::nn::BatchNorm2dImpl>(1)));
  module.define(R"(
def forward(self, x: Tensor) -> Tensor:
    return getattr(self, "1").forward(getattr(self, "0").forward(x))
)");
  return module;
}

Module basic_block(const BasicBlockImpl& source) {
  Module module("BasicBlock");
  module.register_module("conv1", convolution(*source.conv1));
  module.register_module("bn1", batch_norm(*source.bn1));
  module.register_module("conv2", convolution(*source.conv2));
  module.register_module("bn2", batch_norm(*source.bn2));
  if (source.downsample) module.register_module("downsample", projection(*source.downsample));
  module.define(fmt::format(R"(
def forward(self, x: Tensor) -> Tensor:
    y = torch.relu(self.bn1.forward(self.conv1.forward(x)))
    y = self.bn2.forward(self.conv2.forward(y))
    return torch.relu(y + {})
)",
                            source.downsample ? "self.downsample.forward(x)" : "x"));
  return module;
}

Module stage(const torch::nn::ModuleListImpl& source) {
  Module module("Stage");
  std::string text = "def forward(self, x: Tensor) -> Tensor:\n";
  for (size_t i = 0; i < source.size(); ++i) {
    module.register_module(fmt::format("{}", i), basic_block(source.at<BasicBlockImpl>(i)));
    text += fmt::format("    x = getattr(self, \"{}\").forward(x)\n", i);
  }
  module.define(text + "    return x\n");
  return module;
}

}  // namespace

Module image_encoder_to_torchscript(const ImageEncoderImpl& encoder) {
  const auto& trunk = encoder.trunk();
  Module module("ImageEncoder");
  module.register_module("conv1", convolution(*trunk.conv1));
  module.register_module("bn1", batch_norm(*trunk.bn1));
  // 2 is torch.channels_last, which TorchScript's source does not know by name.
  std::string text =
      "def forward(self, images: Tensor) -> Tensor:\n"
      "    x = images.contiguous(memory_format=2)\n"
      "    x = torch.relu(self.bn1.forward(self.conv1.forward(x)))\n";
  if (trunk.options().stem != "small") text += "    x = torch.max_pool2d(x, [3, 3], [2, 2], [1, 1])\n";
  for (size_t i = 0; i < trunk.layers.size(); ++i) {
    const auto name = fmt::format("layer{}", i + 1);
    module.register_module(name, stage(*trunk.layers[i]));
    text += fmt::format("    x = self.{}.forward(x)\n", name);
  }
  module.define(text + "    return x\n");
  return module;
}

}  // namespace recur
