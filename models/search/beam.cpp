// Beam search with length normalisation.
#include <algorithm>
#include <limits>

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "core/special_tokens.h"
#include "models/search/search.h"
#include "models/search/step.h"

namespace recur {
namespace {

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

/// One way to go on: `token` behind the hypothesis in `beam`.
struct Candidate {
  int64_t beam, token;
  double log_probability;
};

/// The hypotheses of one sentence.
class Beam {
 public:
  Beam(int64_t width, const SearchOptions& options) : width_(width), options_(options), alive_(1), ended_() {}

  /// As many have ended as are wanted, and what still goes on would not be the best if it ended here: where few tokens
  /// are likely, a beam's width of poor ones ends long before the good one does.
  bool done() const {
    if (static_cast<int64_t>(ended_.size()) < width_) return false;
    if (width_ == 1) return true;  // greedy search takes the likeliest token, be it the end
    const auto score = [&](const Hypothesis& h) { return h.score(options_); };
    const auto best = std::ranges::max(ended_, {}, score).score(options_);
    return std::ranges::none_of(alive_, [&](Hypothesis h) {
      h.ended = true;
      return h.score(options_) > best;
    });
  }

  /// Takes the best candidates, best first: those among the first `width` that end are set aside, the first `width`
  /// that go on are kept.  What is impossible (minus infinity) fills the beam and is never set aside.
  /// @param coverage  of each beam, with this step
  /// @returns         what goes on, `width` of them
  std::vector<Candidate> advance(const std::vector<Candidate>& best, const double* coverage) {
    std::vector<Candidate> kept;
    std::vector<Hypothesis> next;
    for (size_t rank = 0; rank < best.size() && static_cast<int64_t>(kept.size()) < width_; ++rank) {
      const auto& candidate = best[rank];
      if (candidate.token != kBoundaryToken) {
        auto grown = alive_.at(std::min<size_t>(candidate.beam, alive_.size() - 1));
        grown.tokens.push_back(candidate.token);
        grown.log_probability = candidate.log_probability;
        grown.coverage = coverage[candidate.beam];
        next.push_back(std::move(grown));
        kept.push_back(candidate);
      } else if (static_cast<int64_t>(rank) < width_ && candidate.log_probability > kMinusInfinity) {
        auto finished = alive_.at(candidate.beam);
        finished.log_probability = candidate.log_probability;
        finished.coverage = coverage[candidate.beam];
        finished.ended = true;
        ended_.push_back(std::move(finished));
      }
    }
    alive_ = std::move(next);
    return kept;
  }

  /// What has ended, filled up with what was cut off; the best score first.
  std::vector<Hypothesis> hypotheses() const {
    auto all = ended_;
    for (const auto& hypothesis : alive_) {
      if (static_cast<int64_t>(all.size()) >= width_) break;
      if (hypothesis.log_probability > kMinusInfinity) all.push_back(hypothesis);
    }
    if (all.empty()) all.push_back(alive_.front());  // the model's numbers are not finite
    std::ranges::stable_sort(all, std::greater{}, [&](const Hypothesis& h) { return h.score(options_); });
    if (static_cast<int64_t>(all.size()) > width_) all.resize(width_);
    return all;
  }

 private:
  int64_t width_;
  SearchOptions options_;
  std::vector<Hypothesis> alive_, ended_;
};

/// The 2K best continuations of each sentence: K of them at least do not end.
/// @param scores  [B*K, V]
std::vector<std::vector<Candidate>> best_candidates(const torch::Tensor& scores, int64_t B, int64_t K) {
  const int64_t V = scores.size(1);
  const auto [values, places] = scores.view({B, K * V}).topk(std::min(2 * K, K * V), 1);
  const auto value = values.to(torch::kCPU, torch::kFloat64).contiguous();
  const auto place = places.to(torch::kCPU).contiguous();
  std::vector<std::vector<Candidate>> candidates(static_cast<size_t>(B));
  for (int64_t b = 0; b < B; ++b) {
    for (int64_t k = 0; k < value.size(1); ++k) {
      const auto at = b * value.size(1) + k;
      const auto where = place.const_data_ptr<int64_t>()[at];
      candidates[b].push_back({where / V, where % V, value.const_data_ptr<double>()[at]});
    }
  }
  return candidates;
}

/// Hypothesis::coverage of all beams: [B*K] float64 on the CPU.
torch::Tensor coverage_of(const Decoding& decoding, int64_t beams) {
  if (!decoding.covers) return at::zeros({beams}, torch::kFloat64);
  constexpr double kNothing = std::numeric_limits<float>::min();  // whose logarithm is finite
  return decoding.state.back().squeeze(0).to(torch::kCPU, torch::kFloat64).clamp(kNothing, 1).log().sum(1);
}

}  // namespace

std::vector<std::vector<Hypothesis>> beam_search(Decoding decoding, const SearchOptions& options) {
  torch::NoGradGuard no_grad;
  const int64_t B = sentences(decoding), K = options.beam_width;
  const auto first = first_tokens(decoding);
  for (auto& state : decoding.state) state = state.repeat_interleave(K, 1);
  for (auto& memory : decoding.memory) memory = memory.repeat_interleave(K, 0);
  const auto on_device = decoding.state.front().options();
  auto tokens = first.repeat_interleave(K);
  // All beams of a sentence start alike: only the first may go on.
  auto scores = at::full({B, K}, kMinusInfinity, on_device);
  scores.select(1, 0).zero_();
  std::vector<Beam> beams(static_cast<size_t>(B), Beam(K, options));
  for (int64_t t = 0; t < options.max_length && !std::ranges::all_of(beams, &Beam::done); ++t) {
    const auto candidates = best_candidates(next_log_probabilities(decoding, tokens) + scores.view({B * K, 1}), B, K);
    const auto coverage = coverage_of(decoding, B * K);
    std::vector<int64_t> parents, written;
    std::vector<double> kept_scores;
    for (int64_t b = 0; b < B; ++b) {
      // A sentence that is done is carried along unchanged, for nothing.
      auto kept = std::vector<Candidate>();
      if (!beams[b].done()) kept = beams[b].advance(candidates[b], coverage.const_data_ptr<double>() + b * K);
      kept.resize(static_cast<size_t>(K), {0, kBoundaryToken, kMinusInfinity});
      for (const auto& candidate : kept) {
        parents.push_back(b * K + candidate.beam);
        written.push_back(candidate.token);
        kept_scores.push_back(candidate.log_probability);
      }
    }
    const auto rows = at::tensor(parents, tokens.options());
    for (auto& state : decoding.state) state = state.index_select(1, rows);
    tokens = at::tensor(written, tokens.options());
    scores = at::tensor(kept_scores, torch::kFloat64).to(on_device).view({B, K});
  }
  std::vector<std::vector<Hypothesis>> results;
  for (const auto& beam : beams) results.push_back(beam.hypotheses());
  return results;
}

std::vector<Hypothesis> best_of_search(Decoding decoding, const SearchOptions& options) {
  if (options.beam_width == 1) return greedy_search(std::move(decoding), options.max_length);
  std::vector<Hypothesis> best;
  for (auto& hypotheses : beam_search(std::move(decoding), options)) best.push_back(std::move(hypotheses.front()));
  return best;
}

}  // namespace recur
