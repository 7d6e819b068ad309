// The state that a recurrent network is started with, made from a vector.
#pragma once

#include <vector>

#include <torch/csrc/jit/api/module.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "models/sequence/recurrent.h"

namespace recur {

/// s_l = tanh(W_s v + b_s) for every state s of the cell and each layer l (Xu et al. 2015, 3.1.2; Bahdanau et al. 2015,
/// A.2.2).  One map a state, with the layers' parts side by side; it bears the state's name.
class InitialStateImpl : public torch::nn::Cloneable<InitialStateImpl> {
 public:
  /// @param input_size  columns of v;  @param recurrent  which states, of one direction
  InitialStateImpl(int64_t input_size, const RecurrentImpl& recurrent);

  void reset() override;

  /// @param v  [B, input_size]  @returns  each state [layers, B, H]
  std::vector<torch::Tensor> forward(const torch::Tensor& v);

  const std::vector<std::string>& names() const { return names_; }
  int64_t num_layers() const { return num_layers_; }

  std::vector<torch::nn::Linear> maps;

 private:
  int64_t input_size_, num_layers_, hidden_size_;
  std::vector<std::string> names_;
};
TORCH_MODULE(InitialState);

/// `forward(v) -> List[Tensor]`.
torch::jit::Module initial_state_to_torchscript(const InitialStateImpl& initial_state);

}  // namespace recur
