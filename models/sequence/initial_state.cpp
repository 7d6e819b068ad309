#include "models/sequence/initial_state.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/sequence/linear_torchscript.h"

namespace recur {

InitialStateImpl::InitialStateImpl(int64_t input_size, const RecurrentImpl& recurrent)
    : input_size_(input_size),
      num_layers_(recurrent.options().num_layers),
      hidden_size_(recurrent.options().hidden_size),
      names_(recurrent.cell().states) {
  reset();
}

void InitialStateImpl::reset() {
  maps.clear();
  for (const auto& name : names_) {
    maps.push_back(register_module(name, torch::nn::Linear(input_size_, num_layers_ * hidden_size_)));
  }
}

std::vector<torch::Tensor> InitialStateImpl::forward(const torch::Tensor& v) {
  std::vector<torch::Tensor> state;
  for (auto& map : maps) {
    state.push_back(map->forward(v).tanh().view({v.size(0), num_layers_, hidden_size_}).transpose(0, 1));
  }
  return state;
}

torch::jit::Module initial_state_to_torchscript(const InitialStateImpl& initial_state) {
  torch::jit::Module module("InitialState");
  std::vector<std::string> states;
  for (size_t s = 0; s < initial_state.maps.size(); ++s) {
    const auto& name = initial_state.names()[s];
    module.register_module(name, linear_to_torchscript(*initial_state.maps[s]));
    states.push_back(fmt::format("self.{}.forward(v).tanh().view(v.size(0), {}, -1).transpose(0, 1)", name,
                                 initial_state.num_layers()));
  }
  module.define(
      fmt::format("def forward(self, v: Tensor) -> List[Tensor]:\n    return [{}]\n", fmt::join(states, ", ")));
  return module;
}

}  // namespace recur
