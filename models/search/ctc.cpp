// CTC without a beam: the best path, and the alignment of tokens that are known.
#include "models/search/ctc.h"

#include <array>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "models/search/ctc_frames.h"

namespace recur {
namespace {

/// What a path that cannot be costs at least, so that of several such paths, too, one is the best.
constexpr double kHardlyPossible = -1e6;

int64_t repeats(std::span<const int64_t> tokens) {
  int64_t count = 0;
  for (size_t k = 1; k < tokens.size(); ++k) count += tokens[k] == tokens[k - 1] ? 1 : 0;
  return count;
}

/// The states of the lattice are the tokens with a blank before each and behind the last: 2 L + 1.
class Lattice {
 public:
  Lattice(const torch::Tensor& frames, std::span<const int64_t> tokens)
      : tokens_(tokens),
        states_(2 * std::ssize(tokens) + 1),
        values_(frames.const_data_ptr<double>()),
        T_(frames.size(0)),
        V_(frames.size(1)) {}

  /// The state at each frame on the likeliest path.
  std::vector<int64_t> best_path() const {
    std::vector<double> best(static_cast<size_t>(states_), kImpossible), next = best;
    std::vector<int8_t> moves(static_cast<size_t>(T_ * states_), 0);
    best[0] = value(0, 0);
    if (states_ > 1) best[1] = value(0, 1);
    for (int64_t t = 1; t < T_; ++t) {
      for (int64_t s = 0; s < states_; ++s) {
        const int8_t move = best_move(best, s);
        moves[t * states_ + s] = move;
        next[s] = best[s - move] + value(t, s);
      }
      std::swap(best, next);
    }
    std::vector<int64_t> path(static_cast<size_t>(T_));
    int64_t s = states_ > 1 && best[states_ - 2] > best[states_ - 1] ? states_ - 2 : states_ - 1;
    for (int64_t t = T_ - 1; t >= 0; --t) {
      path[t] = s;
      s -= moves[t * states_ + s];
    }
    return path;
  }

  int64_t token(int64_t state) const { return state % 2 == 0 ? kBlankToken : tokens_[state / 2]; }

 private:
  double value(int64_t t, int64_t s) const { return std::max(values_[t * V_ + token(s)], kHardlyPossible); }

  /// How many states before `s` the likeliest path to it was: 0, 1, or 2 where the blank between may be left out.
  int8_t best_move(const std::vector<double>& best, int64_t s) const {
    int8_t move = 0;
    if (s >= 1 && best[s - 1] > best[s]) move = 1;
    if (s >= 2 && s % 2 == 1 && token(s) != token(s - 2) && best[s - 2] > best[s - move]) move = 2;
    return move;
  }

  std::span<const int64_t> tokens_;
  int64_t states_;
  const double* values_;
  int64_t T_, V_;
};

void check_tokens(std::span<const int64_t> tokens, int64_t V) {
  for (const int64_t token : tokens) {
    if (token > kBlankToken && token < V) continue;
    throw DataError(fmt::format("ctc_align: got token {}, expected 1 to {}", token, V - 1));
  }
}

}  // namespace

torch::Tensor ctc_frames(const char* who, const torch::Tensor& log_probabilities) {
  if (log_probabilities.dim() != 2 || log_probabilities.size(1) < 1 || !log_probabilities.is_floating_point()) {
    throw ShapeError(
        fmt::format("{}: got log-probabilities [{}] of type {}, expected floating-point [T, V], one utterance", who,
                    fmt::join(log_probabilities.sizes(), ", "), c10::toString(log_probabilities.scalar_type())));
  }
  auto frames = log_probabilities.detach().to(torch::kCPU, torch::kFloat64).contiguous();
  if (frames.numel() == 0 || frames.max().item<double>() < std::numeric_limits<double>::infinity()) return frames;
  return frames.masked_fill(frames.lt(std::numeric_limits<double>::infinity()).logical_not(), kImpossible);
}

CtcHypothesis ctc_greedy(const torch::Tensor& log_probabilities) {
  CtcGreedyStream stream;
  stream.push(log_probabilities);
  const double log_probability = stream.log_probability();
  CtcHypothesis hypothesis{.tokens = {}, .log_probability = log_probability, .score = log_probability};
  for (const auto& span : stream.spans()) hypothesis.tokens.push_back(span.token);
  return hypothesis;
}

std::vector<CtcSpan> CtcGreedyStream::push(const torch::Tensor& log_probabilities) {
  const auto frames = ctc_frames("ctc_greedy", log_probabilities);
  const size_t known = spans_.size();
  const int64_t V = frames.size(1);
  for (int64_t t = 0; t < frames.size(0); ++t, ++frames_) {
    const double* values = frames.const_data_ptr<double>() + t * V;
    const int64_t token = std::max_element(values, values + V) - values;
    log_probability_ += values[token];
    if (token != kBlankToken) {
      if (token != last_) spans_.push_back({.token = token, .begin = frames_, .end = frames_});
      spans_.back().end = frames_ + 1;
      spans_.back().log_probability += values[token];
    }
    last_ = token;
  }
  return {spans_.begin() + static_cast<std::ptrdiff_t>(known), spans_.end()};
}

bool ctc_fits(int64_t frames, std::span<const int64_t> tokens) {
  return frames >= std::ssize(tokens) + repeats(tokens);
}

std::vector<CtcSpan> ctc_align(const torch::Tensor& log_probabilities, std::span<const int64_t> tokens) {
  const auto frames = ctc_frames("ctc_align", log_probabilities);
  const int64_t T = frames.size(0), V = frames.size(1);
  check_tokens(tokens, V);
  if (!ctc_fits(T, tokens)) {
    throw ShapeError(
        fmt::format("ctc_align: got {} frames, expected at least {}: one for each of {} tokens and {} for "
                    "blanks between equal ones; a longer sound or a network that skips fewer frames is "
                    "needed",
                    T, std::ssize(tokens) + repeats(tokens), tokens.size(), repeats(tokens)));
  }
  std::vector<CtcSpan> spans;
  if (tokens.empty()) return spans;
  const Lattice lattice(frames, tokens);
  const auto path = lattice.best_path();
  for (int64_t t = 0; t < T; ++t) {
    const int64_t token = lattice.token(path[t]);
    if (token == kBlankToken) continue;
    if (t == 0 || path[t] != path[t - 1]) spans.push_back({.token = token, .begin = t, .end = t});
    spans.back().end = t + 1;
    spans.back().log_probability += frames.const_data_ptr<double>()[t * V + token];
  }
  return spans;
}

}  // namespace recur
