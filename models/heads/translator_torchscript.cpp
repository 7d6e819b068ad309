#include "models/heads/translator_torchscript.h"

#include <string>

#include "core/special_tokens.h"
#include "models/search/torchscript.h"

namespace recur {
namespace {

/// `initial(last [B, C], state) -> state`: the bridge.
std::string bridge_method(const TranslatorImpl& translator) {
  std::string text = "def initial(self, last: Tensor, state: List[Tensor]) -> List[Tensor]:\n";
  if (translator.options().bridge == "linear") return text + "    return self.initial_state.forward(last)\n";
  if (translator.encoder->recurrent->directions() == 1) return text + "    return state\n";
  return text + R"(    joined: List[Tensor] = []
    for s in state:
        L, B = s.size(0) // 2, s.size(1)
        joined.append(s.view(L, 2, B, -1).transpose(1, 2).reshape(L, B, -1))
    return joined
)";
}

/// `start(source, lengths) -> (state, memory)`; see TranslatorImpl::start.
std::string start_method(const TranslatorImpl& translator) {
  std::string text = R"(
def start(self, source: Tensor, lengths: Tensor) -> Tuple[List[Tensor], List[Tensor]]:
    output, state = self.encoder.forward(source, lengths)
    last = self.encoder.last(state)
    memory: List[Tensor] = []
)";
  if (translator.options().source == "last_state") {
    text += "    memory = self.decoder.remember(last.unsqueeze(1))\n";
  }
  if (translator.options().source == "attention") {
    text +=
        "    steps = torch.arange(source.size(1), device=source.device)\n"
        "    padding = steps.unsqueeze(0) >= lengths.to(source.device).unsqueeze(1)\n"
        "    memory = self.decoder.remember(output, padding)\n";
  }
  return text + "    return self.decoder.begin(self.initial(last, state)), memory\n";
}

constexpr const char* kTranslatorMethods = R"(
def forward(self, source: Tensor, source_lengths: Tensor, tokens: Tensor) -> Tensor:
    state, memory = self.start(source, source_lengths)
    return self.decoder.forward(tokens, state, memory)

def write(self, source: Tensor, beam_width: int = 1) -> Tuple[List[int], float]:
    state, memory = self.start(source, torch.full([1], source.size(1)).long())
    return self.beam_search(state, memory, beam_width)
)";

}  // namespace

torch::jit::Module translator_to_torchscript(const TranslatorImpl& translator) {
  torch::jit::Module module("Translator");
  module.register_module("encoder", encoder_to_torchscript(*translator.encoder));
  module.register_module("decoder", decoder_to_torchscript(*translator.decoder));
  if (translator.initial_state) {
    module.register_module("initial_state", initial_state_to_torchscript(*translator.initial_state));
  }
  define_beam_search(module, translator.options().search, {kUnknownToken});
  module.define(bridge_method(translator));
  module.define(start_method(translator));
  module.define(kTranslatorMethods);
  return module;
}

}  // namespace recur
