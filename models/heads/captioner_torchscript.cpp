#include "models/heads/captioner_torchscript.h"

#include "core/special_tokens.h"
#include "models/search/torchscript.h"
#include "models/sequence/linear_torchscript.h"
#include "models/vision/image_encoder_torchscript.h"

namespace recur {
namespace {

/// `start(features) -> (state, memory)`; see CaptionerImpl::start.
std::string start_method(const CaptionerImpl& captioner) {
  std::string text = R"(
def start(self, features: Tensor) -> Tuple[List[Tensor], List[Tensor]]:
    mean = features.mean([2, 3])
    state: List[Tensor] = []
    memory: List[Tensor] = []
)";
  if (captioner.options().image == "first_input") {
    return text + R"(
    h, state = self.decoder.recurrent.step(self.image_input.forward(mean), None)
    return self.decoder.begin(state), memory
)";
  }
  text += "    state = self.initial_state.forward(mean)\n";
  if (captioner.has_attention()) {
    text += "    memory = self.decoder.remember(self.regions(features))\n";
  }
  return text + "    return self.decoder.begin(state), memory\n";
}

/// grid_regions().
constexpr const char* kRegions = R"(
def regions(self, features: Tensor) -> Tensor:
    return features.flatten(2).transpose(1, 2).contiguous()
)";
constexpr const char* kRegionsWithCoordinates = R"(
def places(self, count: int, like: Tensor) -> Tensor:
    if count == 1:
        return torch.zeros([1], dtype=like.dtype, device=like.device)
    return torch.linspace(-1, 1, count, dtype=like.dtype, device=like.device)

def regions(self, features: Tensor) -> Tensor:
    h, w = features.size(2), features.size(3)
    rows = self.places(h, features).view(h, 1).expand(h, w)
    columns = self.places(w, features).expand(h, w)
    coordinates = torch.stack([rows, columns], 2).view(1, h * w, 2).expand(features.size(0), -1, -1)
    return torch.cat([features.flatten(2).transpose(1, 2), coordinates], 2)
)";

constexpr const char* kCaptionerMethods = R"(
def forward(self, images: Tensor, tokens: Tensor) -> Tensor:
    state, memory = self.start(self.encoder.forward(images))
    return self.decoder.forward(tokens, state, memory)

def write(self, images: Tensor, beam_width: int = 1) -> Tuple[List[int], float]:
    state, memory = self.start(self.encoder.forward(images))
    return self.beam_search(state, memory, beam_width)
)";

}  // namespace

torch::jit::Module captioner_to_torchscript(const CaptionerImpl& captioner) {
  torch::jit::Module module("Captioner");
  module.register_module("encoder", image_encoder_to_torchscript(*captioner.encoder));
  module.register_module("decoder", decoder_to_torchscript(*captioner.decoder));
  if (captioner.options().image == "first_input") {
    module.register_module("image_input", linear_to_torchscript(*captioner.image_input));
  } else {
    module.register_module("initial_state", initial_state_to_torchscript(*captioner.initial_state));
  }
  define_beam_search(module, captioner.options().search, {kUnknownToken});
  if (captioner.has_attention()) {
    module.define(captioner.options().region_coordinates ? kRegionsWithCoordinates : kRegions);
  }
  module.define(start_method(captioner));
  module.define(kCaptionerMethods);
  return module;
}

}  // namespace recur
