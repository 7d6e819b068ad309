// The decoder's equations (decoder.h) as TorchScript.
#include <string>

#include "models/sequence/decoder.h"
#include "models/sequence/linear_torchscript.h"
#include "models/sequence/torchscript.h"

namespace recur {
namespace {

/// `look(h [B, H], memory) -> z [B, C]`.
constexpr const char* kLook = R"(
def look(self, h: Tensor, memory: List[Tensor]) -> Tensor:
    z, weights = self.attention.forward(h, memory[0], memory[1])
    return z
)";
constexpr const char* kGatedLook = R"(
def look(self, h: Tensor, memory: List[Tensor]) -> Tensor:
    z, weights = self.attention.forward(h, memory[0], memory[1])
    return self.context_gate.forward(h).sigmoid() * z
)";

/// `inner(embedded [B, E], state, memory) -> (output, state)`.
std::string inner_method(const DecoderImpl& decoder) {
  std::string text = R"(
def inner(self, embedded: Tensor, state: List[Tensor], memory: List[Tensor]) -> Tuple[Tensor, List[Tensor]]:
)";
  if (!decoder.has_attention()) {
    text += "    h, following = self.recurrent.step(embedded, state)\n";
  } else if (decoder.options().attend == "before") {
    text +=
        "    z = self.look(state[0][-1], memory)\n"
        "    h, following = self.recurrent.step(torch.cat([embedded, z], 1), state)\n"
        "    h = torch.cat([h, z], 1)\n";
  } else if (decoder.feeds_input()) {
    text +=
        "    h, following = self.recurrent.step(torch.cat([embedded, state[-1].squeeze(0)], 1), state[:-1])\n"
        "    z = self.look(h, memory)\n"
        "    following = following + [z.unsqueeze(0)]\n"
        "    h = torch.cat([h, z], 1)\n";
  } else {
    text +=
        "    h, following = self.recurrent.step(embedded, state)\n"
        "    h = torch.cat([h, self.look(h, memory)], 1)\n";
  }
  if (decoder.options().output == "tanh") text += "    h = self.combine.forward(h).tanh()\n";
  if (decoder.options().output == "sum") text += "    h = embedded + self.combine.forward(h)\n";
  return text + "    return h, following\n";
}

constexpr const char* kBegin = R"(
def begin(self, state: List[Tensor]) -> List[Tensor]:
    return state
)";
constexpr const char* kBeginWithInputFeeding = R"(
def begin(self, state: List[Tensor]) -> List[Tensor]:
    h = state[0]
    return state + [torch.zeros([1, h.size(1), self.memory_size], dtype=h.dtype, device=h.device)]
)";

constexpr const char* kMethods = R"(
def step(self, tokens: Tensor, state: List[Tensor], memory: List[Tensor]) -> Tuple[Tensor, List[Tensor]]:
    output, following = self.inner(torch.embedding(self.embedding.weight, tokens), state, memory)
    return self.readout.forward(output), following

def forward(self, tokens: Tensor, state: List[Tensor], memory: List[Tensor]) -> Tensor:
    embedded = torch.embedding(self.embedding.weight, tokens)
    outputs: List[Tensor] = []
    for t in range(tokens.size(1)):
        output, state = self.inner(embedded[:, t], state, memory)
        outputs.append(output)
    return self.readout.forward(torch.stack(outputs, 1))
)";

}  // namespace

torch::jit::Module decoder_to_torchscript(const DecoderImpl& decoder) {
  torch::jit::Module embedding("Embedding");
  embedding.register_parameter("weight", decoder.embedding->weight.detach().clone(), /*is_buffer=*/false);
  torch::jit::Module module("Decoder");
  module.register_module("embedding", embedding);
  module.register_module("recurrent", recurrent_to_torchscript(*decoder.recurrent));
  module.register_module("readout", linear_to_torchscript(*decoder.readout));
  if (decoder.options().output != "plain") module.register_module("combine", linear_to_torchscript(*decoder.combine));
  if (decoder.has_attention()) {
    module.register_module("attention", attention_to_torchscript(*decoder.attention));
    if (decoder.options().context_gate) {
      module.register_module("context_gate", linear_to_torchscript(*decoder.context_gate));
    }
    module.define(decoder.options().context_gate ? kGatedLook : kLook);
    module.define(R"(
def remember(self, values: Tensor) -> List[Tensor]:
    return [values, self.attention.keys(values)]
)");
  }
  module.register_attribute("memory_size", c10::IntType::get(), decoder.memory_size());
  module.define(decoder.feeds_input() ? kBeginWithInputFeeding : kBegin);
  module.define(inner_method(decoder));
  module.define(kMethods);
  return module;
}

}  // namespace recur
