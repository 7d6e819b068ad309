#include "models/sequence/torchscript_builtin.h"

#include <map>
#include <string>
#include <vector>

#include <torch/csrc/jit/api/compilation_unit.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace recur {
namespace {

struct Builtin {
  const char* function;
  std::vector<std::string> states;
};

const Builtin* find_builtin(const std::string& cell) {
  static const std::map<std::string, Builtin> builtins = {
      {"lstm", {"torch.lstm", {"h", "c"}}},
      {"gru", {"torch.gru", {"h"}}},
      {"rnn", {"torch.rnn_tanh", {"h"}}},
      {"rnn_relu", {"torch.rnn_relu", {"h"}}},
  };
  const auto found = builtins.find(cell);
  return found == builtins.end() ? nullptr : &found->second;
}

/// torch takes one state as a tensor, two as a list.
std::string joined_state(const Builtin& builtin) {
  return builtin.states.size() == 1 ? "initial[0]" : "initial";
}

/// Shortest last inside, as packing wants them; `back` is the order that the caller has.
std::string forward_method(const torch::jit::Module& layer, const Builtin& builtin) {
  std::vector<std::string> parameters;
  for (const auto& parameter : layer.named_parameters(/*recurse=*/false))
    parameters.push_back("self." + parameter.name);
  const bool both = layer.hasattr("weight_ih_l0_reverse"), bias = layer.hasattr("bias_ih_l0");
  const bool batch_first = layer.attr("batch_first").toBool();
  const auto runs = static_cast<int64_t>(parameters.size()) / (bias ? 4 : 2);
  const auto how = fmt::format("[{}], {}, {}, 0.0, False, {}", fmt::join(parameters, ", "), bias ? "True" : "False",
                               both ? runs / 2 : runs, both ? "True" : "False");
  std::vector<std::string> back;
  for (const auto& state : builtin.states) back.push_back(state + ".index_select(1, back)");
  return fmt::format(R"(
def forward(self, x: Tensor, lengths: Optional[Tensor] = None, state: Optional[List[Tensor]] = None) -> Tuple[Tensor, List[Tensor]]:
    y = x{turned}
    initial: List[Tensor] = []
    if state is None:
        initial = [torch.zeros([{runs}, y.size(1), {hidden}], dtype=x.dtype, device=x.device)] * {count}
    else:
        initial = state
    if lengths is None:
        output, {states} = {function}(y, {initial}, {how}, False)
        return output{turned}, [{states}]
    steps, order = torch.sort(lengths.cpu(), 0, True)
    back = torch.argsort(order).to(x.device)
    order = order.to(x.device)
    initial = [s.index_select(1, order) for s in initial]
    data, batch_sizes = torch._pack_padded_sequence(y.index_select(1, order), steps, False)
    data, {states} = {function}(data, batch_sizes, {initial}, {how})
    output, lengths = torch._pad_packed_sequence(data, batch_sizes, False, 0.0, y.size(0))
    return output.index_select(1, back){turned}, [{back}]
)",
                     fmt::arg("turned", batch_first ? ".transpose(0, 1)" : ""), fmt::arg("runs", runs),
                     fmt::arg("hidden", layer.attr("weight_hh_l0").toTensor().size(1)),
                     fmt::arg("count", builtin.states.size()), fmt::arg("states", fmt::join(builtin.states, ", ")),
                     fmt::arg("function", builtin.function), fmt::arg("initial", joined_state(builtin)),
                     fmt::arg("how", how), fmt::arg("back", fmt::join(back, ", ")));
}

/// From the class, and from where its code is kept: else a new one of this name would be the second.
void remove_method(const torch::jit::Module& module, const std::string& name) {
  const auto type = module.type();
  type->unsafeRemoveMethod(name);
  type->compilation_unit()->unsafeRemoveMethod(c10::QualifiedName(*type->name(), name));
}

}  // namespace

int64_t use_builtin_layers(torch::jit::Module& module) {
  int64_t replaced = 0;
  for (auto layer : module.modules()) {
    if (!layer.hasattr("cell_name")) continue;
    const auto* builtin = find_builtin(layer.attr("cell_name").toStringRef());
    if (builtin == nullptr) continue;
    const auto source = forward_method(layer, *builtin);
    for (const char* name : {"forward", "layer", "cell"}) remove_method(layer, name);
    layer.define(source);
    ++replaced;
  }
  return replaced;
}

}  // namespace recur
