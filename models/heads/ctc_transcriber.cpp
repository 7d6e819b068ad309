#include "models/heads/ctc_transcriber.h"

#include <ATen/ops/ctc_loss.h>
#include <ATen/ops/log_softmax.h>

#include "core/special_tokens.h"
#include "models/search/ctc_torchscript.h"
#include "models/sequence/linear_torchscript.h"

namespace recur {

CtcTranscriber::CtcTranscriber(int64_t columns, int64_t vocabulary, TranscriberOptions options)
    : Transcriber(std::move(options)) {
  encoder = register_module("encoder", AcousticEncoder(columns, options_.encoder));
  readout = register_module("readout", torch::nn::Linear(encoder->output_size(), vocabulary));
}

torch::Tensor CtcTranscriber::read_out(const torch::Tensor& output) {
  return at::log_softmax(readout->forward(output), -1);
}

CtcTranscriber::Steps CtcTranscriber::forward(const FrameBatch& batch) {
  const auto heard = encoder->forward(batch.frames, batch.lengths);
  return {.log_probabilities = read_out(heard.output), .lengths = heard.lengths};
}

torch::Tensor CtcTranscriber::loss(const FrameBatch& batch, const TokenTargets& targets, int64_t /*epoch*/) {
  const auto said = forward(batch);
  const auto by_step = said.log_probabilities.transpose(0, 1);
  return at::ctc_loss(by_step, targets.tokens.to(by_step.device()), said.lengths, targets.lengths, kBlankToken,
                      at::Reduction::Mean);
}

torch::Tensor CtcTranscriber::negative_log_likelihood(const FrameBatch& batch, const TokenTargets& targets) {
  const auto said = forward(batch);
  const auto by_step = said.log_probabilities.transpose(0, 1);
  return at::ctc_loss(by_step, targets.tokens.to(by_step.device()), said.lengths, targets.lengths, kBlankToken,
                      at::Reduction::None)
      .to(torch::kCPU);
}

std::vector<std::vector<Transcript>> CtcTranscriber::transcribe(const FrameBatch& batch, int64_t beam_width,
                                                                PrefixScorer* scorer) {
  const auto said = forward(batch);
  const auto all = said.log_probabilities.to(torch::kCPU);
  auto options = options_.ctc;
  options.beam_width = beam_width;
  std::vector<std::vector<Transcript>> transcripts;
  for (int64_t b = 0; b < all.size(0); ++b) {
    const auto steps = all[b].narrow(0, 0, said.lengths[b].item<int64_t>());
    std::vector<CtcHypothesis> found;
    if (beam_width == 1 && scorer == nullptr) {
      found.push_back(ctc_greedy(steps));
    } else {
      found = ctc_beam_search(steps, options, scorer);
    }
    auto& best = transcripts.emplace_back();
    for (auto& hypothesis : found) {
      best.push_back(
          {.tokens = std::move(hypothesis.tokens), .log_probability = hypothesis.log_probability, .spans = {}});
    }
    best.front().spans = ctc_align(steps, best.front().tokens);
  }
  return transcripts;
}

bool CtcTranscriber::fits(int64_t frames, const std::vector<int64_t>& tokens) const {
  return ctc_fits(encoder->steps(frames), tokens);
}

torch::jit::Module CtcTranscriber::to_torchscript() const {
  torch::jit::Module module("CtcTranscriber");
  module.register_module("encoder", acoustic_encoder_to_torchscript(*encoder));
  module.register_module("readout", linear_to_torchscript(*readout));
  define_ctc_search(module, options_.ctc);
  module.define(R"(
def forward(self, frames: Tensor, lengths: Tensor) -> Tuple[Tensor, Tensor]:
    output, steps, state = self.encoder.forward(frames, lengths)
    return torch.log_softmax(self.readout.forward(output), -1), steps

def write(self, frames: Tensor, beam_width: int = 1) -> Tuple[List[int], float]:
    log_probabilities, steps = self.forward(frames, torch.full([1], frames.size(1)).long())
    return self.ctc_beam_search(log_probabilities[0], beam_width)
)");
  return module;
}

}  // namespace recur
