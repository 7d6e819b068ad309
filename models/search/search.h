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
  double coverage_penalty = 0.0;
  int64_t max_length = 50;

  static constexpr auto fields() {
    using O = SearchOptions;
    return std::tuple{
        field("beam_width", &O::beam_width, "sentences that are kept in sight; 1: greedy", between(1, 1000)),
        field("length_penalty", &O::length_penalty,
              "power of the length by which a sentence's log-probability is divided; 0: favours short ones"),
        field("coverage_penalty", &O::coverage_penalty,
              "attention: how much it costs a sentence to leave places unseen (Wu et al. 2016, eq. 14)", at_least(0.0)),
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
/// read first, and written behind the last; or a text goes on that has been begun (`first`), with or without an end.
struct Decoding {
  /// Reads tokens [N] int64 and replaces the state by the next; returns log-probabilities [N, V] of what follows.
  using Step = std::function<torch::Tensor(const torch::Tensor& tokens, std::vector<torch::Tensor>& state,
                                           const std::vector<torch::Tensor>& memory)>;
  Step step;
  std::vector<torch::Tensor> state;   ///< each [*, B, ...], the layout of recurrent states: reordered by the search
  std::vector<torch::Tensor> memory;  ///< each [B, ...]: what does not change from step to step
  std::vector<int64_t> never = {};    ///< tokens that are never written, e.g. the unknown one
  std::vector<int64_t> first = {};    ///< tokens [B] that are read first; empty: the boundary
  bool ends = true;                   ///< false: the boundary is a token that is never written, like others in `never`
  /// Called for each token as it is written, by searches that keep one hypothesis.  false: enough.
  std::function<bool(int64_t sentence, int64_t token)> written = {};
  bool covers = false;  ///< the last state is [1, B, L]: how much each place was looked at so far; padding counts as 1
};

struct Hypothesis {
  std::vector<int64_t> tokens;  ///< without the boundary
  double log_probability = 0;   ///< of the tokens and, if it has ended, of the boundary behind them: the model's own
  double coverage = 0;  ///< sum over places of log min(1, how much it was looked at); 0 unless the search covers
  bool ended = false;   ///< false: cut off at max_length

  /// log_probability / length^length_penalty + coverage_penalty * coverage, the boundary counted (Wu et al. 2016, eq.
  /// 14; their length penalty is close to this one).
  double score(const SearchOptions& options) const;
};

/// The likeliest token at every step.  One for each of the B sentences.
std::vector<Hypothesis> greedy_search(Decoding decoding, int64_t max_length);

/// Beam search with length normalisation.  A sentence's search is over when `beam_width` hypotheses have ended, as in
/// fairseq, and none that goes on would be the best if it ended; what has not ended by max_length counts as it stands.
/// @returns  for each of the B sentences 1..beam_width hypotheses, the best score first
std::vector<std::vector<Hypothesis>> beam_search(Decoding decoding, const SearchOptions& options);

/// The best hypothesis of each sentence, by greedy_search for a beam of 1.
std::vector<Hypothesis> best_of_search(Decoding decoding, const SearchOptions& options);

/// Draws every token from the model's distribution, by torch's generator; log_probability is the model's own, whatever
/// temperature and cuts it was drawn with.  @throws ConfigError for a temperature or top_p that is not above 0.
std::vector<Hypothesis> sample(Decoding decoding, const SamplingOptions& options);

}  // namespace recur
