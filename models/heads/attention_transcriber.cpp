#include "models/heads/attention_transcriber.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>

#include "core/special_tokens.h"
#include "models/search/torchscript.h"

namespace recur {

AttentionTranscriber::AttentionTranscriber(int64_t columns, int64_t vocabulary, TranscriberOptions options)
    : Transcriber(std::move(options)) {
  encoder = register_module("encoder", AcousticEncoder(columns, options_.encoder));
  decoder = register_module("decoder", Decoder(vocabulary, encoder->output_size(), options_.decoder));
  initial_state = register_module("initial_state", InitialState(encoder->output_size(), *decoder->recurrent));
}

TaughtSentences taught(const TokenTargets& targets) {
  static_assert(kBoundaryToken == 0, "what stands behind a transcript's end is its end");
  return {.read = at::constant_pad_nd(targets.tokens, {1, 0}),
          .written = at::constant_pad_nd(targets.tokens, {0, 1}),
          .lengths = targets.lengths + 1};
}

DecoderStart AttentionTranscriber::start(const FrameBatch& batch) {
  const auto heard = encoder->forward(batch.frames, batch.lengths);
  const auto& h = heard.state.front();
  const auto last = encoder->recurrent->directions() == 1 ? h[-1] : at::cat({h[-2], h[-1]}, 1);
  const auto steps = at::arange(heard.output.size(1), heard.output.options().dtype(torch::kInt64));
  const auto padding = steps.ge(heard.lengths.to(heard.output.device()).unsqueeze(1));
  return {.state = decoder->begin(initial_state->forward(last)),
          .memory = decoder->attention->remember(heard.output, padding)};
}

torch::Tensor AttentionTranscriber::loss(const FrameBatch& batch, const TokenTargets& targets, int64_t epoch) {
  const auto begun = start(batch);
  const auto sentences = taught(targets);
  const auto decoded = decoder->forward(sentences.read.to(batch.frames.device()), sentences.lengths, begun.state,
                                        begun.memory, options_.loss.sampled_share(epoch));
  return token_cross_entropy(decoded, sentences, options_.loss.label_smoothing);
}

torch::Tensor AttentionTranscriber::negative_log_likelihood(const FrameBatch& batch, const TokenTargets& targets) {
  const auto begun = start(batch);
  const auto sentences = taught(targets);
  const auto decoded =
      decoder->forward(sentences.read.to(batch.frames.device()), sentences.lengths, begun.state, begun.memory);
  return -sentence_log_probabilities(decoded, sentences).to(torch::kCPU);
}

std::vector<std::vector<Transcript>> AttentionTranscriber::transcribe(const FrameBatch& batch, int64_t beam_width,
                                                                      PrefixScorer* /*scorer*/) {
  auto search = options_.search;
  search.beam_width = beam_width;
  const auto begun = start(batch);
  std::vector<std::vector<Transcript>> transcripts;
  const auto add = [&](const Hypothesis& hypothesis) {
    transcripts.back().push_back(
        {.tokens = hypothesis.tokens, .log_probability = hypothesis.log_probability, .spans = {}});
  };
  auto decoding = decoding_of(*decoder, begun, search);
  if (beam_width == 1) {
    for (const auto& hypothesis : greedy_search(std::move(decoding), search.max_length)) {
      transcripts.emplace_back();
      add(hypothesis);
    }
  } else {
    for (const auto& hypotheses : beam_search(std::move(decoding), search)) {
      transcripts.emplace_back();
      for (const auto& hypothesis : hypotheses) add(hypothesis);
    }
  }
  return transcripts;
}

torch::jit::Module AttentionTranscriber::to_torchscript() const {
  torch::jit::Module module("AttentionTranscriber");
  module.register_module("encoder", acoustic_encoder_to_torchscript(*encoder));
  module.register_module("decoder", decoder_to_torchscript(*decoder));
  module.register_module("initial_state", initial_state_to_torchscript(*initial_state));
  define_beam_search(module, options_.search, {kUnknownToken});
  const std::string last =
      encoder->recurrent->directions() == 2 ? "torch.cat([state[0][-2], state[0][-1]], 1)" : "state[0][-1]";
  module.define(
      "def start(self, frames: Tensor, lengths: Tensor) -> Tuple[List[Tensor], List[Tensor]]:\n"
      "    output, steps, state = self.encoder.forward(frames, lengths)\n"
      "    padding = torch.arange(output.size(1), device=output.device).unsqueeze(0) >= "
      "steps.to(output.device).unsqueeze(1)\n"
      "    begun = self.decoder.begin(self.initial_state.forward(" +
      last +
      "))\n"
      "    return begun, self.decoder.remember(output, padding)\n");
  module.define(R"(
def forward(self, frames: Tensor, lengths: Tensor, tokens: Tensor) -> Tensor:
    state, memory = self.start(frames, lengths)
    return self.decoder.forward(tokens, state, memory)

def write(self, frames: Tensor, beam_width: int = 1) -> Tuple[List[int], float]:
    state, memory = self.start(frames, torch.full([1], frames.size(1)).long())
    return self.beam_search(state, memory, beam_width)
)");
  return module;
}

}  // namespace recur
