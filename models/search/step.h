// What all searches do at every step.
#pragma once

#include "models/search/search.h"

namespace recur {

/// B of a decoding.
int64_t sentences(const Decoding& decoding);

/// What each sentence reads first: [B].
torch::Tensor first_tokens(const Decoding& decoding);

/// Log-probabilities [N, V] after `tokens` [N]; minus infinity for what is never written.  Advances the state.
torch::Tensor next_log_probabilities(Decoding& decoding, const torch::Tensor& tokens);

}  // namespace recur
