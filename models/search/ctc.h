// From what a CTC network says at every frame to what was said: best path, prefix beam search and forced alignment.
//
// All read log-probabilities [T, V] of one utterance: T frames, V tokens, natural logarithms, of any floating-point
// type on any device; sums are float64.  What is not below +infinity (NaN among it) counts as minus infinity.  Token 0
// is the blank.  @throws ShapeError where it is not [T, V] with V >= 1.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <torch/types.h>

#include "core/options.h"
#include "core/special_tokens.h"

namespace recur {

/// What a frame says when nothing new is said.
inline constexpr int64_t kBlankToken = kPadToken;

struct CtcSearchOptions {
  int64_t beam_width = 1;
  int64_t tokens_kept = 0;
  std::string language_model = "";
  double language_weight = 0.5;
  double length_bonus = 0.0;

  static constexpr auto fields() {
    using O = CtcSearchOptions;
    return std::tuple{
        field("beam_width", &O::beam_width, "prefixes that are kept in sight; 1: greedy, the best path",
              between(1, 1000)),
        field("tokens_kept", &O::tokens_kept,
              "tokens of a frame that may be written behind a prefix, the likeliest; 0: all", at_least(0)),
        field("language_model", &O::language_model,
              "a run of the task language over the same kind of tokens, by its folder, that a beam asks how likely a "
              "text is; empty: none"),
        field("language_weight", &O::language_weight,
              "what the log-probability of a language model, if there is one, is multiplied by", at_least(0.0)),
        field("length_bonus", &O::length_bonus,
              "what is added to a prefix's log-probability for each of its tokens; with a language model, which "
              "favours short ones"),
    };
  }
  void check(ConfigCheck& check) const {
    check.require(language_model.empty() || beam_width > 1, "language_model", "needs a beam_width above 1");
  }
};

struct CtcHypothesis {
  std::vector<int64_t> tokens;
  double log_probability = 0;  ///< beam: summed over the alignments that were in sight; greedy: of the best path
  double score = 0;            ///< what the beam ranks by; greedy: the same
};

/// Where a token is in the sound.
struct CtcSpan {
  int64_t token = 0;
  int64_t begin = 0, end = 0;  ///< frames [begin, end) of the path that emit it; blanks belong to no token
  double log_probability = 0;  ///< sum of log p(token) over these frames
};

/// A language model over the tokens that CTC writes.  A state, a number that it gives, stands for a prefix, so that a
/// network reads a prefix once and not again for every token that might follow.  A scorer serves one search at a time.
class PrefixScorer {
 public:
  struct Step {
    int64_t state, token;
  };

  virtual ~PrefixScorer() = default;

  /// The state of the empty prefix.  Called first in every search: states of earlier ones may be forgotten.
  virtual int64_t begin() = 0;

  /// log p(token | prefix).  Asked for all tokens at every frame: it should be a look-up.
  virtual double log_probability(int64_t state, int64_t token) = 0;

  /// The states of prefixes that are one token longer, as many as steps.  Called only for prefixes that stay in the
  /// beam, for each once, and all of a frame together: a network runs one step of one batch.
  virtual std::vector<int64_t> extend(std::span<const Step> steps) = 0;

  /// log p(end | prefix), which joins the score of whole utterances; 0 where the model knows no end.
  virtual double log_probability_of_end(int64_t /*state*/) { return 0; }
};

/// The likeliest token at every frame, repeats merged, blanks dropped: "best path decoding" (Graves et al. 2006,
/// "Connectionist temporal classification", sec. 3.2).  Of equal tokens the lower one.
CtcHypothesis ctc_greedy(const torch::Tensor& log_probabilities);

/// Prefix beam search (Hannun et al. 2014, "First-pass large vocabulary continuous speech recognition using
/// bi-directional recurrent DNNs", algorithm 1, with a language model by tokens instead of words; prefixes and their
/// probabilities are those of Graves et al. 2006, sec. 3.2).  A prefix's probability is summed over the alignments
/// whose prefixes stayed in the beam: with a beam that holds all prefixes it is exp(-CTC loss).  It ranks by
///   score = log_probability + language_weight * log p_language(tokens) + length_bonus * number of tokens
/// Of equal scores a prefix that a frame leaves as it is comes before one that it makes longer, then what was ranked
/// higher a frame before, then the lower token.  A prefix that leaves the beam loses its probability at once (theirs
/// keeps it for a frame, in case it comes back).  Where nothing is possible, there is one empty hypothesis of
/// log-probability minus infinity.  With beam_width 1 and no scorer it is ctc_greedy().
/// @param log_probabilities  [T, V]
/// @param options            the beam, and what a score is made of
/// @param scorer             null: none
/// @returns                  1..beam_width hypotheses, the best score first
std::vector<CtcHypothesis> ctc_beam_search(const torch::Tensor& log_probabilities, const CtcSearchOptions& options,
                                           PrefixScorer* scorer = nullptr);

/// Whether an alignment of `tokens` with so many frames exists: one frame a token, and a blank between two that are
/// equal.
bool ctc_fits(int64_t frames, std::span<const int64_t> tokens);

/// The likeliest alignment of `tokens` (Viterbi over the lattice of Graves et al. 2006, sec. 4.1, fig. 3): a span for
/// each.  Of equally likely ones always the same.
/// @throws ShapeError if there are too few frames (ctc_fits), DataError for a token that is not in 1..V-1
std::vector<CtcSpan> ctc_align(const torch::Tensor& log_probabilities, std::span<const int64_t> tokens);

/// ctc_greedy() of an utterance that comes piece by piece: the same tokens and spans however it is cut.
class CtcGreedyStream {
 public:
  /// @param log_probabilities  [t, V] of the next frames, t >= 0
  /// @returns  the tokens that begin in them, frames counted from the utterance's start.  The last one may go on in the
  ///           next piece: spans() then has its end.
  std::vector<CtcSpan> push(const torch::Tensor& log_probabilities);

  /// All tokens so far, as far as they have been heard.
  const std::vector<CtcSpan>& spans() const { return spans_; }
  /// Of the best path so far, blanks among it.
  double log_probability() const { return log_probability_; }
  int64_t frames() const { return frames_; }

 private:
  std::vector<CtcSpan> spans_;
  int64_t last_ = kBlankToken;  // what the frame before said
  int64_t frames_ = 0;
  double log_probability_ = 0;
};

}  // namespace recur
