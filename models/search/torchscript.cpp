#include "models/search/torchscript.h"

namespace recur {
namespace {

// The same steps as beam.cpp, for one sentence.  What is built in a loop is built in a method of its own: TorchScript
// makes `x = []` in a loop once.  Scores stay tensors: torch.tensor(a list of numbers) is float32 here, whatever is
// said.
constexpr const char* kBeamSearch = R"(
def next_log_probabilities(self, tokens: Tensor, state: List[Tensor], memory: List[Tensor]) -> Tuple[Tensor, List[Tensor], Tensor]:
    logits, following, weights = self.decoder.step(tokens, state, memory)
    log_probabilities = torch.log_softmax(logits, 1)
    for token in self.never_written:
        log_probabilities[:, token] = float('-inf')
    return log_probabilities, following, weights

def score(self, log_probability: float, length: int, coverage: float) -> float:
    return log_probability / float(max(length, 1)) ** self.length_penalty + self.coverage_penalty * coverage

def advance(self, values: List[float], places: List[int], coverage: List[float], V: int, K: int, alive: List[List[int]], ended: List[List[int]], ended_values: List[float], ended_coverage: List[float]) -> Tuple[List[List[int]], List[int], List[int], List[int]]:
    following: List[List[int]] = []
    parents: List[int] = []
    written: List[int] = []
    kept: List[int] = []
    for rank in range(len(values)):
        if len(kept) < K:
            beam = places[rank] // V
            token = places[rank] % V
            sentence = alive[min(beam, len(alive) - 1)]
            if token != 0:
                following.append(sentence + [token])
                parents.append(beam)
                written.append(token)
                kept.append(rank)
            elif rank < K and values[rank] > float('-inf'):
                ended.append(sentence)
                ended_values.append(values[rank])
                ended_coverage.append(coverage[beam])
    while len(kept) < K:
        parents.append(0)
        written.append(0)
        kept.append(len(values))
    return following, parents, written, kept

def is_done(self, K: int, alive: List[List[int]], values: List[float], coverage: List[float], ended: List[List[int]], ended_values: List[float], ended_coverage: List[float]) -> bool:
    if len(ended) < K or K == 1:
        return len(ended) >= K
    best = float('-inf')
    for k in range(len(ended)):
        best = max(best, self.score(ended_values[k], len(ended[k]) + 1, ended_coverage[k]))
    for k in range(len(alive)):
        if self.score(values[k], len(alive[k]) + 1, coverage[k]) > best:
            return False
    return True

def beam_search(self, state: List[Tensor], memory: List[Tensor], beam_width: int) -> Tuple[List[int], float]:
    K = max(beam_width, 1)
    beam_state = [s.repeat_interleave(K, 1) for s in state]
    beam_memory = [m.repeat_interleave(K, 0) for m in memory]
    device = state[0].device
    tokens = torch.zeros([K], device=device).long()
    impossible = torch.full([K], float('-inf'), dtype=state[0].dtype, device=device)
    scores = impossible.clone()
    scores[0] = 0.0
    sentence: List[int] = []
    alive: List[List[int]] = [sentence]
    ended: List[List[int]] = []
    ended_values: List[float] = []
    ended_coverage: List[float] = []
    places_seen = 0 if len(memory) == 0 else memory[0].size(1)
    seen = torch.zeros([K, places_seen], dtype=state[0].dtype, device=device)
    if len(memory) > 2:
        seen = beam_memory[2].to(seen.dtype)
    alive_values: List[float] = []
    alive_coverage: List[float] = []
    steps = 0
    while steps < self.max_length and not self.is_done(K, alive, alive_values, alive_coverage, ended, ended_values, ended_coverage):
        log_probabilities, beam_state, weights = self.next_log_probabilities(tokens, beam_state, beam_memory)
        seen = seen + weights
        V = log_probabilities.size(1)
        best, where = (log_probabilities + scores.unsqueeze(1)).view(-1).topk(min(2 * K, K * V))
        values: List[float] = best.double().tolist()
        places: List[int] = where.tolist()
        coverage: List[float] = seen.double().clamp(1.1754943508222875e-38, 1.0).log().sum(1).tolist()
        alive, parents, written, kept = self.advance(values, places, coverage, V, K, alive, ended, ended_values, ended_coverage)
        rows = torch.tensor(parents, device=device)
        seen = seen.index_select(0, rows)
        beam_state = [s.index_select(1, rows) for s in beam_state]
        tokens = torch.tensor(written, device=device)
        scores = torch.cat([best, impossible]).index_select(0, torch.tensor(kept, device=device))
        kept_values: List[float] = scores.double().tolist()
        kept_coverage: List[float] = seen.double().clamp(1.1754943508222875e-38, 1.0).log().sum(1).tolist()
        alive_values, alive_coverage = kept_values, kept_coverage
        steps += 1
    log_probability = float('-inf')
    best_score = float('-inf')
    for k in range(len(ended)):
        score = self.score(ended_values[k], len(ended[k]) + 1, ended_coverage[k])
        if score > best_score:
            best_score = score
            log_probability = ended_values[k]
            sentence = ended[k]
    for k in range(min(len(alive), K - len(ended))):
        score = self.score(alive_values[k], len(alive[k]), alive_coverage[k])
        if score > best_score:
            best_score = score
            log_probability = alive_values[k]
            sentence = alive[k]
    return sentence, log_probability
)";

}  // namespace

void define_beam_search(torch::jit::Module& module, const SearchOptions& options, const std::vector<int64_t>& never) {
  c10::List<int64_t> never_written;
  for (const int64_t token : never) never_written.push_back(token);
  module.register_attribute("never_written", c10::ListType::ofInts(), never_written);
  module.register_attribute("max_length", c10::IntType::get(), options.max_length);
  module.register_attribute("length_penalty", c10::FloatType::get(), options.length_penalty);
  module.register_attribute("coverage_penalty", c10::FloatType::get(), options.coverage_penalty);
  module.define(kBeamSearch);
}

}  // namespace recur
