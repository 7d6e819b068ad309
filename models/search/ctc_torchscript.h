// CTC's searches as TorchScript.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include "models/search/ctc.h"

namespace recur {

/// Gives `module` the methods
///   `ctc_greedy(log_probabilities: Tensor) -> List[int]`
///   `ctc_beam_search(log_probabilities: Tensor, beam_width: int) -> Tuple[List[int], float]`
/// on log-probabilities [T, V] of one utterance: the tokens of ctc_greedy(), and tokens and log_probability of the best
/// hypothesis of the C++ ctc_beam_search() without a language model; for a beam_width of 1 or less those of
/// ctc_greedy().  tokens_kept and length_bonus become the attributes ctc_tokens_kept and ctc_length_bonus, which a user
/// may change.
void define_ctc_search(torch::jit::Module& module, const CtcSearchOptions& options);

}  // namespace recur
