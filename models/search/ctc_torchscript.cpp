#include "models/search/ctc_torchscript.h"

namespace recur {
namespace {

// The same steps as ctc.cpp and ctc_beam.cpp, number for number.  Numbers stay in lists: torch.tensor(a list) and
// tensor[k] = a number are float32 here, whatever is said.  What is built in a loop is built in a method of its own:
// TorchScript makes `x = []` in a loop once.
constexpr const char* kBestPath = R"(
def ctc_frames(self, log_probabilities: Tensor) -> Tensor:
    frames = log_probabilities.detach().cpu().double()
    return frames.masked_fill((frames < float('inf')).logical_not(), float('-inf'))

def ctc_best_path(self, log_probabilities: Tensor) -> Tuple[List[int], float]:
    values, places = self.ctc_frames(log_probabilities).max(1)
    likeliest: List[int] = places.tolist()
    each: List[float] = values.tolist()
    tokens: List[int] = []
    log_probability = 0.0
    last = 0
    for t in range(len(likeliest)):
        log_probability += each[t]
        if likeliest[t] != 0 and likeliest[t] != last:
            tokens.append(likeliest[t])
        last = likeliest[t]
    return tokens, log_probability

def ctc_greedy(self, log_probabilities: Tensor) -> List[int]:
    return self.ctc_best_path(log_probabilities)[0]
)";

// A prefix is a place in the lists `parents`, `lasts`, `lengths` and `ranks`; a beam is three log-probabilities: of the
// alignments that end in a blank, in the last token, and of all.  Candidates are numbered: those that stay by their
// rank, then those that grow by rank and token.
constexpr const char* kPrefixes = R"(
def ctc_log_add(self, a: float, b: float) -> float:
    high = max(a, b)
    if high == float('-inf'):
        return high
    return high + torch.log1p(torch.exp(min(a, b) - high))

def ctc_stay(self, y: List[float], prefixes: List[int], beams: List[Tuple[float, float, float]], parents: List[int], lasts: List[int], ranks: List[int]) -> List[Tuple[float, float, float]]:
    stays: List[Tuple[float, float, float]] = []
    for k in range(len(beams)):
        prefix = prefixes[k]
        last = lasts[prefix]
        token = float('-inf')
        if prefix != 0:
            token = y[last] + beams[k][1]
            rank = ranks[parents[prefix]]
            if rank >= 0:
                before = beams[rank][0] if lasts[parents[prefix]] == last else beams[rank][2]
                token = self.ctc_log_add(token, y[last] + before)
        blank = y[0] + beams[k][2]
        stays.append((blank, token, self.ctc_log_add(blank, token)))
    return stays

def ctc_likeliest_tokens(self, y: List[float]) -> List[int]:
    order: List[Tuple[float, int]] = []
    for token in range(1, len(y)):
        order.append((-y[token], token))
    if self.ctc_tokens_kept > 0 and self.ctc_tokens_kept < len(order):
        order.sort()
        order = order[:self.ctc_tokens_kept]
    tokens: List[int] = []
    for _, token in order:
        tokens.append(token)
    return tokens

def ctc_best_candidates(self, y: List[float], K: int, prefixes: List[int], beams: List[Tuple[float, float, float]], stays: List[Tuple[float, float, float]], parents: List[int], lasts: List[int], lengths: List[int], ranks: List[int]) -> List[int]:
    V = len(y)
    n = len(beams)
    best: List[Tuple[float, int]] = []
    in_beam: Dict[int, bool] = {}
    lowest = float('inf')
    for k in range(n):
        prefix = prefixes[k]
        score = stays[k][2] + self.ctc_length_bonus * float(lengths[prefix])
        lowest = min(lowest, score)
        if score > float('-inf'):
            best.append((-score, k))
        if prefix != 0:
            in_beam[ranks[parents[prefix]] * V + lasts[prefix]] = True
    if len(best) < K:
        lowest = float('-inf')
    tokens = self.ctc_likeliest_tokens(y)
    for k in range(n):
        prefix = prefixes[k]
        bonus = self.ctc_length_bonus * float(lengths[prefix] + 1)
        last = lasts[prefix]
        blank, _, total = beams[k]
        for token in tokens:
            score = y[token] + (blank if token == last else total) + bonus
            if score > lowest and k * V + token not in in_beam:
                best.append((-score, n + k * V + token))
    best.sort()
    kept: List[int] = []
    for _, candidate in best[:K]:
        kept.append(candidate)
    return kept
)";

constexpr const char* kCtcBeamSearch = R"(
def ctc_advance(self, y: List[float], kept: List[int], prefixes: List[int], beams: List[Tuple[float, float, float]], stays: List[Tuple[float, float, float]], parents: List[int], lasts: List[int], lengths: List[int], ranks: List[int], children: Dict[int, int]) -> Tuple[List[int], List[Tuple[float, float, float]]]:
    V = len(y)
    n = len(beams)
    following: List[int] = []
    next_beams: List[Tuple[float, float, float]] = []
    for candidate in kept:
        if candidate < n:
            following.append(prefixes[candidate])
            next_beams.append(stays[candidate])
        else:
            rank = (candidate - n) // V
            token = (candidate - n) % V
            prefix = prefixes[rank]
            key = prefix * V + token
            if key not in children:
                children[key] = len(parents)
                parents.append(prefix)
                lasts.append(token)
                lengths.append(lengths[prefix] + 1)
                ranks.append(-1)
            log_probability = y[token] + (beams[rank][0] if token == lasts[prefix] else beams[rank][2])
            following.append(children[key])
            next_beams.append((float('-inf'), log_probability, log_probability))
    for prefix in prefixes:
        ranks[prefix] = -1
    for k in range(len(following)):
        ranks[following[k]] = k
    return following, next_beams

def ctc_beam_search(self, log_probabilities: Tensor, beam_width: int) -> Tuple[List[int], float]:
    if beam_width <= 1:
        return self.ctc_best_path(log_probabilities)
    frames = self.ctc_frames(log_probabilities)
    parents = [-1]
    lasts = [0]
    lengths = [0]
    ranks = [0]
    children: Dict[int, int] = {}
    prefixes = [0]
    beams = [(0.0, float('-inf'), 0.0)]
    for t in range(frames.size(0)):
        y: List[float] = frames[t].tolist()
        stays = self.ctc_stay(y, prefixes, beams, parents, lasts, ranks)
        kept = self.ctc_best_candidates(y, beam_width, prefixes, beams, stays, parents, lasts, lengths, ranks)
        prefixes, beams = self.ctc_advance(y, kept, prefixes, beams, stays, parents, lasts, lengths, ranks, children)
    tokens: List[int] = []
    if len(prefixes) == 0:
        return tokens, float('-inf')
    prefix = prefixes[0]
    while prefix != 0:
        tokens.append(lasts[prefix])
        prefix = parents[prefix]
    tokens.reverse()
    return tokens, beams[0][2]
)";

}  // namespace

void define_ctc_search(torch::jit::Module& module, const CtcSearchOptions& options) {
  module.register_attribute("ctc_tokens_kept", c10::IntType::get(), options.tokens_kept);
  module.register_attribute("ctc_length_bonus", c10::FloatType::get(), options.length_bonus);
  module.define(kBestPath);
  module.define(kPrefixes);
  module.define(kCtcBeamSearch);
}

}  // namespace recur
