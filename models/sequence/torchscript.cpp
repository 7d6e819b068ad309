#include "models/sequence/torchscript.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/engine/torchscript.h"

namespace recur {
namespace {

/// One layer and direction over time.  Where lengths are given, a sequence that has ended (or, in reverse, has not yet
/// begun) keeps its state and puts out zero.
std::string layer_method(bool bias) {
  return fmt::format(R"(
def layer(self, x: Tensor, lengths: Optional[Tensor], weight_ih: Tensor, weight_hh: Tensor, {0}units: List[Tensor], state: List[Tensor], reverse: bool) -> Tuple[Tensor, List[Tensor]]:
    T = x.size(0)
    x_maps = torch.linear(x, weight_ih{1})
    outputs: List[Tensor] = []
    for k in range(T):
        t = T - 1 - k if reverse else k
        following = self.cell(x[t], x_maps[t], weight_hh, {2}units, state)
        output = following[0]
        if lengths is not None:
            alive = (lengths > t).unsqueeze(1)
            output = torch.where(alive, output, torch.zeros_like(output))
            kept: List[Tensor] = []
            for s in range(len(state)):
                kept.append(torch.where(alive, following[s], state[s]))
            state = kept
        else:
            state = following
        outputs.append(output)
    if reverse:
        outputs.reverse()
    return torch.stack(outputs), state
)",
                     bias ? "bias_ih: Tensor, bias_hh: Tensor, " : "", bias ? ", bias_ih" : "",
                     bias ? "bias_hh, " : "");
}

/// One layer and direction, `run` of the stack; and where the layer ends, its output.
std::string run_lines(const RecurrentImpl& layer, int64_t run) {
  const bool reverse = run % layer.directions() == 1;
  std::vector<std::string> parameters, units, from;
  for (const auto& name : layer.parameter_names(run / layer.directions(), reverse)) {
    const bool packed = name.starts_with("weight_") || name.starts_with("bias_");
    (packed ? parameters : units).push_back("self." + name);
  }
  for (size_t s = 0; s < layer.cell().states.size(); ++s) from.push_back(fmt::format("initial[{}][{}]", s, run));
  const auto line = fmt::format("    y{0}, state{0} = self.layer(y, lengths, {1}, [{2}], [{3}], {4})\n", run,
                                fmt::join(parameters, ", "), fmt::join(units, ", "), fmt::join(from, ", "),
                                reverse ? "True" : "False");
  if (reverse) return line + fmt::format("    y = torch.cat([y{}, y{}], 2)\n", run - 1, run);
  return layer.directions() == 1 ? line + fmt::format("    y = y{}\n", run) : line;
}

/// The stack, unrolled: TorchScript cannot look parameters up by a computed name.
std::string forward_method(const RecurrentImpl& layer) {
  const auto& options = layer.options();
  const size_t states = layer.cell().states.size();
  const int64_t runs = options.num_layers * layer.directions();
  std::string text =
      fmt::format(R"(
def forward(self, x: Tensor, lengths: Optional[Tensor] = None, state: Optional[List[Tensor]] = None) -> Tuple[Tensor, List[Tensor]]:
    y = x{}
    if lengths is not None:
        lengths = lengths.to(x.device)
    initial: List[Tensor] = []
    if state is None:
        initial = [torch.zeros([{}, y.size(1), {}], dtype=x.dtype, device=x.device)] * {}
    else:
        initial = state
)",
                  layer.layout() == Layout::kBatchFirst ? ".transpose(0, 1)" : "", runs, options.hidden_size, states);
  for (int64_t run = 0; run < runs; ++run) text += run_lines(layer, run);
  std::vector<std::string> last;
  for (size_t s = 0; s < states; ++s) {
    std::vector<std::string> parts;
    for (int64_t run = 0; run < runs; ++run) parts.push_back(fmt::format("state{}[{}]", run, s));
    last.push_back(fmt::format("torch.stack([{}])", fmt::join(parts, ", ")));
  }
  return text + fmt::format("    return y{}, [{}]\n", layer.layout() == Layout::kBatchFirst ? ".transpose(0, 1)" : "",
                            fmt::join(last, ", "));
}

std::string step_method(const RecurrentImpl& layer) {
  const int axis = layer.layout() == Layout::kBatchFirst ? 1 : 0;
  return fmt::format(R"(
def step(self, x: Tensor, state: Optional[List[Tensor]] = None) -> Tuple[Tensor, List[Tensor]]:
    output, following = self.forward(x.unsqueeze({0}), None, state)
    return output.squeeze({0}), following
)",
                     axis);
}

}  // namespace

torch::jit::Module recurrent_to_torchscript(const RecurrentImpl& layer) {
  torch::jit::Module module("Recurrent");
  for (const auto& parameter : layer.named_parameters()) {
    module.register_parameter(parameter.key(), parameter.value().detach().clone(), /*is_buffer=*/false);
  }
  // What other forms of the layer are made from (torchscript_builtin.h, models/onnx/recurrent_layer.h).
  module.register_attribute("cell_name", c10::StringType::get(), layer.cell().text.name);
  module.register_attribute("batch_first", c10::BoolType::get(), layer.layout() == Layout::kBatchFirst);
  module.define(engine::torchscript_cell(layer.cell(), layer.options().bias));
  module.define(layer_method(layer.options().bias));
  module.define(forward_method(layer));
  if (layer.directions() == 1) module.define(step_method(layer));
  return module;
}

}  // namespace recur
