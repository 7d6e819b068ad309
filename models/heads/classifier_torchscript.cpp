#include "models/heads/classifier_torchscript.h"

#include "models/heads/pooling_torchscript.h"
#include "models/sequence/linear_torchscript.h"
#include "models/sequence/torchscript.h"

namespace recur {

torch::jit::Module classifier_to_torchscript(const ClassifierImpl& classifier) {
  torch::jit::Module embedding("Embedding");
  embedding.register_parameter("weight", classifier.embedding->weight.detach().clone(), /*is_buffer=*/false);
  embedding.define("def forward(self, tokens: Tensor) -> Tensor:\n    return torch.embedding(self.weight, tokens)\n");

  torch::jit::Module module("Classifier");
  module.register_module("embedding", embedding);
  module.register_module("recurrent", recurrent_to_torchscript(*classifier.recurrent));
  module.register_module("pooling",
                         pooling_to_torchscript(*classifier.pooling, classifier.recurrent->directions() == 2));
  module.register_module("readout", linear_to_torchscript(*classifier.readout));
  module.define(R"(
def forward(self, tokens: Tensor, lengths: Optional[Tensor] = None) -> Tensor:
    if lengths is None:
        lengths = torch.full([tokens.size(0)], tokens.size(1), dtype=tokens.dtype)
    steps = lengths.to(tokens.device)
    h, state = self.recurrent.forward(self.embedding.forward(tokens), steps, None)
    return self.readout.forward(self.pooling.forward(h, state, steps))
)");
  return module;
}

}  // namespace recur
