// Prefix beam search.
#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "models/search/ctc.h"
#include "models/search/ctc_frames.h"

namespace recur {
namespace {

constexpr int64_t kNone = -1;

/// A prefix, as a node of the tree of all that ever were in the beam.
struct Prefix {
  int64_t parent = kNone;
  int64_t last = kBlankToken;  // its last token; the empty prefix has none
  int64_t length = 0;
  double language = 0;    // log-probability by the language model
  int64_t state = kNone;  // of the language model
  int64_t rank = kNone;   // in the beam
};

/// A prefix in the beam with its log-probability over the alignments that end in a blank, or in its last token.
struct PrefixBeam {
  int64_t prefix;
  double blank, token, total;
};

/// What a frame can make of the prefix in the beam at `rank`: itself (kBlankToken), or one that `token` makes longer.
struct Extension {
  int64_t rank, token;
  double log_probability, score;
};

class PrefixSearch {
 public:
  PrefixSearch(const CtcSearchOptions& options, PrefixScorer* scorer, int64_t V)
      : options_(options), scorer_(scorer), V_(V), prefixes_(1), beam_{{0, 0.0, kImpossible, 0.0}} {
    if (scorer_ != nullptr) prefixes_[0].state = scorer_->begin();
    prefixes_[0].rank = 0;
  }

  /// Reads a frame.  @param y  log p(token), [V]
  void advance(const double* y) {
    auto stays = staying(y);
    std::vector<Extension> candidates;
    for (int64_t rank = 0; rank < std::ssize(stays); ++rank) {
      const double score = stays[rank].total + extra(prefixes_[stays[rank].prefix]);
      candidates.push_back({rank, kBlankToken, stays[rank].total, score});
    }
    add_longer(y, candidates);
    keep_best(candidates);
    std::vector<PrefixBeam> next;
    std::vector<int64_t> fresh;
    for (const auto& [rank, token, log_probability, score] : candidates) {
      if (token == kBlankToken) {
        next.push_back(stays[rank]);
      } else {
        next.push_back({child(beam_[rank].prefix, token, fresh), kImpossible, log_probability, log_probability});
      }
    }
    for (const auto& beam : beam_) prefixes_[beam.prefix].rank = kNone;
    beam_ = std::move(next);
    for (int64_t rank = 0; rank < std::ssize(beam_); ++rank) prefixes_[beam_[rank].prefix].rank = rank;
    extend_states(fresh);
  }

  std::vector<CtcHypothesis> hypotheses() const {
    std::vector<CtcHypothesis> all;
    for (const auto& beam : beam_) {
      auto prefix = prefixes_[beam.prefix];
      if (scorer_ != nullptr) prefix.language += scorer_->log_probability_of_end(prefix.state);
      all.push_back({tokens_of(beam.prefix), beam.total, beam.total + extra(prefix)});
    }
    std::ranges::stable_sort(all, std::greater{}, &CtcHypothesis::score);
    if (all.empty()) all.push_back({{}, kImpossible, kImpossible});
    return all;
  }

 private:
  /// What is added to the log-probability of a prefix to rank it.
  double extra(const Prefix& prefix) const {
    return options_.language_weight * prefix.language + options_.length_bonus * static_cast<double>(prefix.length);
  }

  /// Log-probability of the alignments behind which `token` is a new one: if it is the last one again, a blank must
  /// stand between.
  double before(const PrefixBeam& beam, int64_t token) const {
    return token == prefixes_[beam.prefix].last ? beam.blank : beam.total;
  }

  /// The beam's prefixes a frame later: by a blank, by their last token again, or by their last token on top of the
  /// prefix without it, if that is in the beam.
  std::vector<PrefixBeam> staying(const double* y) const {
    std::vector<PrefixBeam> stays;
    for (const auto& beam : beam_) {
      const auto& prefix = prefixes_[beam.prefix];
      double token = kImpossible;
      if (prefix.parent != kNone) {
        token = y[prefix.last] + beam.token;
        const int64_t parent = prefixes_[prefix.parent].rank;
        if (parent != kNone) token = log_add(token, y[prefix.last] + before(beam_[parent], prefix.last));
      }
      const double blank = y[kBlankToken] + beam.total;
      stays.push_back({beam.prefix, blank, token, log_add(blank, token)});
    }
    return stays;
  }

  /// The prefixes that are one token longer and not in the beam yet.
  void add_longer(const double* y, std::vector<Extension>& candidates) const {
    std::vector<char> in_beam(beam_.size() * static_cast<size_t>(V_), 0);
    for (const auto& beam : beam_) {
      const auto& prefix = prefixes_[beam.prefix];
      if (prefix.parent == kNone || prefixes_[prefix.parent].rank == kNone) continue;
      in_beam[prefixes_[prefix.parent].rank * V_ + prefix.last] = 1;
    }
    const auto tokens = likeliest_tokens(y);
    for (int64_t rank = 0; rank < std::ssize(beam_); ++rank) {
      auto longer = prefixes_[beam_[rank].prefix];
      const double language = longer.language;
      ++longer.length;
      for (const int64_t token : tokens) {
        if (in_beam[rank * V_ + token] != 0) continue;
        const double log_probability = y[token] + before(beam_[rank], token);
        if (log_probability == kImpossible) continue;
        if (scorer_ != nullptr) longer.language = language + scorer_->log_probability(longer.state, token);
        candidates.push_back({rank, token, log_probability, log_probability + extra(longer)});
      }
    }
  }

  /// The tokens that a frame may write: tokens_kept of them, in order.
  std::vector<int64_t> likeliest_tokens(const double* y) const {
    std::vector<int64_t> tokens(static_cast<size_t>(V_ - 1));
    std::iota(tokens.begin(), tokens.end(), kBlankToken + 1);
    if (options_.tokens_kept == 0 || options_.tokens_kept >= std::ssize(tokens)) return tokens;
    std::ranges::stable_sort(tokens, std::greater{}, [&](int64_t token) { return y[token]; });
    tokens.resize(static_cast<size_t>(options_.tokens_kept));
    std::ranges::sort(tokens);
    return tokens;
  }

  /// The beam_width best, best first; of equal ones the first.
  void keep_best(std::vector<Extension>& candidates) const {
    std::erase_if(candidates, [](const Extension& c) { return !(c.score > kImpossible); });
    std::vector<size_t> order(candidates.size());
    std::iota(order.begin(), order.end(), size_t{0});
    const auto width = std::min(order.size(), static_cast<size_t>(options_.beam_width));
    std::partial_sort(
        order.begin(), order.begin() + static_cast<std::ptrdiff_t>(width), order.end(), [&](size_t a, size_t b) {
          return candidates[a].score != candidates[b].score ? candidates[a].score > candidates[b].score : a < b;
        });
    std::vector<Extension> best;
    for (size_t k = 0; k < width; ++k) best.push_back(candidates[order[k]]);
    candidates = std::move(best);
  }

  /// The prefix with `token` behind it; if it is new, it is among `fresh`.
  int64_t child(int64_t parent, int64_t token, std::vector<int64_t>& fresh) {
    const auto [place, is_new] = children_.try_emplace(parent * V_ + token, std::ssize(prefixes_));
    if (is_new) {
      Prefix prefix{.parent = parent, .last = token, .length = prefixes_[parent].length + 1};
      if (scorer_ != nullptr) {
        prefix.language = prefixes_[parent].language + scorer_->log_probability(prefixes_[parent].state, token);
      }
      prefixes_.push_back(prefix);
      fresh.push_back(place->second);
    }
    return place->second;
  }

  void extend_states(const std::vector<int64_t>& fresh) {
    if (scorer_ == nullptr || fresh.empty()) return;
    std::vector<PrefixScorer::Step> steps;
    for (const int64_t id : fresh) steps.push_back({prefixes_[prefixes_[id].parent].state, prefixes_[id].last});
    const auto states = scorer_->extend(steps);
    for (size_t k = 0; k < fresh.size(); ++k) prefixes_[fresh[k]].state = states.at(k);
  }

  std::vector<int64_t> tokens_of(int64_t id) const {
    std::vector<int64_t> tokens;
    for (; prefixes_[id].parent != kNone; id = prefixes_[id].parent) tokens.push_back(prefixes_[id].last);
    std::ranges::reverse(tokens);
    return tokens;
  }

  CtcSearchOptions options_;
  PrefixScorer* scorer_;
  int64_t V_;
  std::vector<Prefix> prefixes_;
  std::unordered_map<int64_t, int64_t> children_;  // parent * V + token -> prefix
  std::vector<PrefixBeam> beam_;                   // best first
};

}  // namespace

std::vector<CtcHypothesis> ctc_beam_search(const torch::Tensor& log_probabilities, const CtcSearchOptions& options,
                                           PrefixScorer* scorer) {
  if (options.language_weight == 0) scorer = nullptr;
  if (options.beam_width <= 1 && scorer == nullptr) return {ctc_greedy(log_probabilities)};
  const auto frames = ctc_frames("ctc_beam_search", log_probabilities);
  PrefixSearch search(options, scorer, frames.size(1));
  for (int64_t t = 0; t < frames.size(0); ++t) {
    search.advance(frames.const_data_ptr<double>() + t * frames.size(1));
  }
  return search.hypotheses();
}

}  // namespace recur
