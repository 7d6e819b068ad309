// The decoder's equations (decoder.h) as TorchScript.
#include <string>

#include "models/sequence/decoder.h"
#include "models/sequence/linear_torchscript.h"
#include "models/sequence/torchscript.h"

namespace recur {
namespace {

/// `look(h [B, H], memory) -> (z [B, C], weights [B, L])`.
std::string look_method(const DecoderImpl& decoder) {
  std::string text = R"(
def look(self, h: Tensor, memory: List[Tensor]) -> Tuple[Tensor, Tensor]:
    padding: Optional[Tensor] = None
    if len(memory) > 2:
        padding = memory[2]
    z, weights = self.attention.forward(h, memory[0], memory[1], padding)
)";
  if (decoder.options().context_gate) text += "    z = self.context_gate.forward(h).sigmoid() * z\n";
  return text + "    return z, weights\n";
}

/// `inner(embedded [B, E], state, memory) -> (output, state, weights)`.
std::string inner_method(const DecoderImpl& decoder) {
  std::string text = R"(
def inner(self, embedded: Tensor, state: List[Tensor], memory: List[Tensor]) -> Tuple[Tensor, List[Tensor], Tensor]:
)";
  if (!decoder.has_attention()) {
    text +=
        "    h, following = self.recurrent.step(embedded, state)\n"
        "    weights = torch.zeros([h.size(0), 0], dtype=h.dtype, device=h.device)\n";
  } else if (decoder.options().attend == "before") {
    text +=
        "    z, weights = self.look(state[0][-1], memory)\n"
        "    h, following = self.recurrent.step(torch.cat([embedded, z], 1), state)\n"
        "    h = torch.cat([h, z], 1)\n";
  } else if (decoder.feeds_input()) {
    text +=
        "    h, following = self.recurrent.step(torch.cat([embedded, state[-1].squeeze(0)], 1), state[:-1])\n"
        "    z, weights = self.look(h, memory)\n"
        "    following = following + [z.unsqueeze(0)]\n"
        "    h = torch.cat([h, z], 1)\n";
  } else {
    text +=
        "    h, following = self.recurrent.step(embedded, state)\n"
        "    z, weights = self.look(h, memory)\n"
        "    h = torch.cat([h, z], 1)\n";
  }
  if (decoder.options().output == "tanh") text += "    h = self.combine.forward(h).tanh()\n";
  if (decoder.options().output == "sum") text += "    h = embedded + self.combine.forward(h)\n";
  return text + "    return h, following, weights\n";
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

constexpr const char* kLogits = R"(
def logits(self, output: Tensor) -> Tensor:
    return self.readout.forward(output)
)";
constexpr const char* kTiedLogits = R"(
def logits(self, output: Tensor) -> Tensor:
    return torch.linear(output, self.embedding.weight, self.readout_bias)
)";

constexpr const char* kMethods = R"(
def step(self, tokens: Tensor, state: List[Tensor], memory: List[Tensor]) -> Tuple[Tensor, List[Tensor], Tensor]:
    output, following, weights = self.inner(torch.embedding(self.embedding.weight, tokens), state, memory)
    return self.logits(output), following, weights

def forward(self, tokens: Tensor, state: List[Tensor], memory: List[Tensor]) -> Tensor:
    embedded = torch.embedding(self.embedding.weight, tokens)
    outputs: List[Tensor] = []
    for t in range(tokens.size(1)):
        output, state, weights = self.inner(embedded[:, t], state, memory)
        outputs.append(output)
    return self.logits(torch.stack(outputs, 1))
)";

}  // namespace

torch::jit::Module decoder_to_torchscript(const DecoderImpl& decoder) {
  torch::jit::Module embedding("Embedding");
  embedding.register_parameter("weight", decoder.embedding->weight.detach().clone(), /*is_buffer=*/false);
  torch::jit::Module module("Decoder");
  module.register_module("embedding", embedding);
  module.register_module("recurrent", recurrent_to_torchscript(*decoder.recurrent));
  if (decoder.options().tie_embeddings) {
    module.register_parameter("readout_bias", decoder.readout_bias.detach().clone(), /*is_buffer=*/false);
  } else {
    module.register_module("readout", linear_to_torchscript(*decoder.readout));
  }
  if (decoder.options().output != "plain") module.register_module("combine", linear_to_torchscript(*decoder.combine));
  if (decoder.has_attention()) {
    module.register_module("attention", attention_to_torchscript(*decoder.attention));
    if (decoder.options().context_gate) {
      module.register_module("context_gate", linear_to_torchscript(*decoder.context_gate));
    }
    module.define(look_method(decoder));
    module.define(R"(
def remember(self, values: Tensor, padding: Optional[Tensor] = None) -> List[Tensor]:
    memory = [values, self.attention.keys(values)]
    return memory if padding is None else memory + [padding]
)");
  }
  module.register_attribute("memory_size", c10::IntType::get(), decoder.memory_size());
  module.define(decoder.feeds_input() ? kBeginWithInputFeeding : kBegin);
  module.define(inner_method(decoder));
  module.define(decoder.options().tie_embeddings ? kTiedLogits : kLogits);
  module.define(kMethods);
  return module;
}

}  // namespace recur
