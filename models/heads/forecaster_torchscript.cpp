#include "models/heads/forecaster_torchscript.h"

#include <fmt/format.h>

#include "models/sequence/linear_torchscript.h"
#include "models/sequence/torchscript.h"

namespace recur {

torch::jit::Module forecaster_to_torchscript(const ForecasterImpl& forecaster) {
  torch::jit::Module module("Forecaster");
  module.register_module("recurrent", recurrent_to_torchscript(*forecaster.recurrent));
  module.register_module("readout", linear_to_torchscript(*forecaster.readout));
  const bool both = forecaster.recurrent->directions() == 2;
  module.define(fmt::format(R"(
def forward(self, x: Tensor, lengths: Optional[Tensor] = None) -> Tensor:
    output, state = self.recurrent.forward(x, lengths, None)
    h = state[0]
    return self.readout.forward({})
)",
                            both ? "torch.cat([h[-2], h[-1]], 1)" : "h[-1]"));
  if (!both) {
    module.define(R"(
def step(self, x: Tensor, state: Optional[List[Tensor]] = None) -> Tuple[Tensor, List[Tensor]]:
    h, following = self.recurrent.step(x, state)
    return self.readout.forward(h), following
)");
  }
  return module;
}

}  // namespace recur
