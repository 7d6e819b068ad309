// From a network that says what comes next to whole sentences: greedy search, beam search and sampling.
#pragma once

#include <cstdint>
#include <functional>
#include <tuple>
#include <vector>

#include <torch/types.h>

#include "core/options.h"

namespace recur {

struct SearchOptions {
  int64_t beam_width = 1;
  double length_penalty = 1.0;
  int64_t max_length = 50;

  static constexpr auto fields() {
    using O = SearchOptions;
    return std::tuple{
        field("beam_width", &O::beam_width, "sentences that are kept in sight; 1: greedy", between(1, 1000)),
        field("length_penalty", &O::length_penalty,
              "power of the length by which a sentence's log-probability is divided; 0: favours short ones"),
        field("max_length", &O::max_length, "tokens after which a sentence is cut off", between(1, 10000)),
    };
  }
};

struct SamplingOptions {
  double temperature = 1.0;
  int64_t top_k = 0;   ///< draw from the k likeliest tokens only; 0: from all
  double top_p = 1.0;  ///< draw from the likeliest tokens that together have this probability (Holtzman et al. 2020)
  int64_t max_length = 50;
};

/// A network before the first token of B sentences: where a search starts.  kBoundaryToken (core/special_tokens.h) is
/// read first, and written behind the last.
struct Decoding {
  /// Reads tokens [N] int64 and replaces the state by the next; returns log-probabilities [N, V] of what follows.
  using Step = std::function<torch::Tensor(const torch::Tensor& tokens, std::vector<torch::Tensor>& state,
                                           const std::vector<torch::Tensor>& memory)>;
  Step step;
  std::vector<torch::Tensor> state;   ///< each [*, B, ...], the layout of recurrent states: reordered by the search
  std::vector<torch::Tensor> memory;  ///< each [B, ...]: what does not change from step to step
  std::vector<int64_t> never = {};    ///< tokens that are never written, e.g. the unknown one
};

struct Hypothesis {
  std::vector<int64_t> tokens;  ///< without the boundary
  double log_probability = 0;   ///< of the tokens and, if it has ended, of the boundary behind them: the model's own
  bool ended = false;           ///< false: cut off at max_length

  /// log_probability / length^penalty, the boundary counted (Wu et al. 2016's form is close to it).
  double score(double length_penalty) const;
};

/// The likeliest token at every step.  One for each of the B sentences.
std::vector<Hypothesis> greedy_search(Decoding decoding, int64_t max_length);

/// Beam search with length normalisation.  A sentence's search is over when `beam_width` hypotheses have ended, as in
/// fairseq; what has not ended by max_length counts as it stands.
/// @returns  for each of the B sentences 1..beam_width hypotheses, the best score first
std::vector<std::vector<Hypothesis>> beam_search(Decoding decoding, const SearchOptions& options);

/// The best hypothesis of each sentence, by greedy_search for a beam of 1.
std::vector<Hypothesis> best_of_search(Decoding decoding, const SearchOptions& options);

/// Draws every token from the model's distribution, by torch's generator; log_probability is the model's own, whatever
/// temperature and cuts it was drawn with.  @throws ConfigError for a temperature or top_p that is not above 0.
std::vector<Hypothesis> sample(Decoding decoding, const SamplingOptions& options);

}  // namespace recur
