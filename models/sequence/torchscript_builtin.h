// The second of an export's two speeds: torch's own recurrent layers in place of the equations.
#pragma once

#include <cstdint>

#include <torch/csrc/jit/api/module.h>

namespace recur {

/// Replaces, in every layer below `module` that recurrent_to_torchscript() made of a cell that torch has too (lstm,
/// gru, rnn, rnn_relu), the equations by a call of torch.lstm, torch.gru, torch.rnn_tanh or torch.rnn_relu, with packed
/// sequences where lengths are given.  Outputs are the same but for rounding.  To be called before the module is run.
/// @returns how many layers were replaced.
int64_t use_builtin_layers(torch::jit::Module& module);

}  // namespace recur
