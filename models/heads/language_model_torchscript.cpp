#include "models/heads/language_model_torchscript.h"

#include <fmt/format.h>

#include "core/special_tokens.h"

namespace recur {
namespace {

constexpr const char* kLanguageModelMethods = R"(
def begin(self, B: int) -> List[Tensor]:
    weight = self.decoder.embedding.weight
    return [torch.zeros([self.num_layers, B, self.hidden_size], dtype=weight.dtype, device=weight.device)] * self.states

def forward(self, tokens: Tensor, state: List[Tensor]) -> Tuple[Tensor, List[Tensor]]:
    embedded = torch.embedding(self.decoder.embedding.weight, tokens)
    h, following = self.decoder.recurrent.forward(embedded, None, state)
    return self.decoder.logits(self.decoder.combined(h)), following

def continue_from(self, prompt: List[int], length: int, temperature: float = 1.0) -> List[int]:
    device = self.decoder.embedding.weight.device
    state = self.begin(1)
    tokens = torch.tensor([prompt], device=device).long()
    written: List[int] = []
    for step in range(length):
        logits, state = self.forward(tokens, state)
        scores = logits[0, -1].clone()
        scores[0:2] = float('-inf')
        token = int(scores.argmax())
        if temperature > 0.0:
            token = int(torch.multinomial(torch.softmax(scores / temperature, 0), 1))
        written.append(token)
        tokens = torch.tensor([[token]], device=device).long()
    return written
)";

}  // namespace

torch::jit::Module language_model_to_torchscript(const LanguageModelImpl& model) {
  torch::jit::Module module("LanguageModel");
  const auto& layers = model.options().recurrent;
  auto decoder = decoder_to_torchscript(*model.decoder);
  const bool maps = model.decoder->options().output == "tanh";
  decoder.define(fmt::format("def combined(self, h: Tensor) -> Tensor:\n    return {}\n",
                             maps ? "self.combine.forward(h).tanh()" : "h"));
  module.register_module("decoder", decoder);
  module.register_attribute("num_layers", c10::IntType::get(), layers.num_layers);
  module.register_attribute("hidden_size", c10::IntType::get(), layers.hidden_size);
  module.register_attribute("states", c10::IntType::get(),
                            static_cast<int64_t>(model.decoder->recurrent->cell().states.size()));
  static_assert(kPadToken == 0 && kUnknownToken == 1, "scores[0:2] is what is never written");
  module.define(kLanguageModelMethods);
  return module;
}

}  // namespace recur
