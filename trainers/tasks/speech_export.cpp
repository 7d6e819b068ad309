// The transcriber as one TorchScript file that takes a waveform.
#include <algorithm>

#include <fmt/format.h>

#include "core/error.h"
#include "models/heads/signature.h"
#include "trainers/tasks/speech.h"
#include "trainers/tasks/written_check.h"

namespace recur {
namespace {

constexpr int64_t kCheckedUtterances = 50;

/// A waveform is [N] at any sample rate: float in -1 .. 1, or 16-bit integers.
constexpr const char* kMethods = R"(
def predict(self, waveform: Tensor, sample_rate: int, beam_width: int = {beam_width}) -> str:
    frames = self.sound.forward(waveform, sample_rate)
    tokens, log_probability = self.write(frames.unsqueeze(0), beam_width)
    return self.text.forward(tokens)

def predict_all(self, waveforms: List[Tensor], sample_rate: int, beam_width: int = {beam_width}) -> List[str]:
    texts: List[str] = []
    for waveform in waveforms:
        texts.append(self.predict(waveform, sample_rate, beam_width))
    return texts
)";

/// What makes frames of a waveform and a text of tokens.
void add_pipelines(TorchScriptExport& result, const SoundPipeline& sound, const TextPipeline& text,
                   int64_t beam_width) {
  auto& module = result.module;
  module.register_module("sound", sound.to_torchscript());
  module.register_module("text", text.writer_to_torchscript());
  module.define(fmt::format(fmt::runtime(kMethods), fmt::arg("beam_width", beam_width)));
  module.register_attribute("sample_rate", c10::IntType::get(), sound.sample_rate());
  module.eval();
  for (const auto& [name, content] : text.extra_files()) result.extra_files["text_" + name] = content;
}

}  // namespace

TorchScriptExport SpeechExperiment::make_export() {
  TorchScriptExport result{.module = model_->to_torchscript(), .extra_files = {}, .check = {}};
  add_pipelines(result, *sound_, *text_, model_->beam_width());
  result.signature = signature_of(*model_);
  if (language_) result.notes.emplace_back("the language model is left out: predict searches without it");
  if (options_.data.features.normalization == "speaker") {
    result.notes.emplace_back("each waveform is normalised by its own mean and deviation: nobody says who speaks");
  }
  return result;
}

void SpeechExperiment::check_export(torch::jit::Module& loaded, TorchScriptExport& result) {
  const auto& validation = split("validation");
  const auto checked = std::min(kCheckedUtterances, validation.size());
  const auto beam_width = model_->beam_width();
  WrittenCheck written(result.check);
  int64_t spoken_otherwise = 0;
  for (int64_t k = 0; k < checked; ++k) {
    const auto audio = validation.utterances[k].read();
    const auto frames = sound_->frames_of(sound_->samples_of(audio));
    if (audio.sample_rate == sound_->sample_rate()) {
      const auto theirs = loaded.attr("sound").toModule().forward({audio.samples.to(device_), audio.sample_rate});
      result.check.compare(theirs.toTensor(), frames);
    }
    const auto best = model_->transcribe({frames.unsqueeze(0).to(device_), torch::tensor({frames.size(0)})}, beam_width)
                          .front()
                          .front();
    const auto ids = written.compare(loaded.get_method("write")({frames.unsqueeze(0).to(device_), beam_width}),
                                     best.tokens, best.log_probability, {});
    // At another sample rate the export has a resampler of its own, so that its frames differ a little.
    const auto said = loaded.get_method("predict")({audio.samples.to(device_), audio.sample_rate, beam_width});
    spoken_otherwise += said.toStringRef() != text_of(ids);
  }
  // Where two transcripts are as likely, rounding decides; more than a few differences are a fault.
  const auto others = std::max(written.others(), spoken_otherwise);
  if (others * 20 > checked) {
    throw Error(
        fmt::format("export: predict says something else than the program in {} of {} utterances", others, checked));
  }
  written.tell("transcripts", result);
}

}  // namespace recur
