// Beam search as TorchScript.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include "models/search/search.h"

namespace recur {

/// Gives `module`, which has a submodule `decoder` with `step(tokens, state, memory) -> (logits, state)`, the method
///   `beam_search(state, memory, beam_width: int) -> (List[int], float)`
/// which writes one sentence (state each [*, 1, ...], memory each [1, ...]) as best_of_search() does: its tokens and
/// their log-probability.  max_length and length_penalty become attributes, which a user may change.
void define_beam_search(torch::jit::Module& module, const SearchOptions& options, const std::vector<int64_t>& never);

}  // namespace recur
