// The transcriber as one TorchScript file that takes a waveform.
#include <algorithm>

#include <ATen/ops/tensor.h>

#include <fmt/format.h>

#include "core/error.h"
#include "trainers/tasks/speech.h"

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

}  // namespace

TorchScriptExport SpeechExperiment::export_torchscript() {
  TorchScriptExport result{.module = model_->to_torchscript(), .extra_files = {}, .check = {}};
  auto& module = result.module;
  module.register_module("sound", sound_->to_torchscript());
  module.register_module("text", text_->writer_to_torchscript());
  module.define(fmt::format(fmt::runtime(kMethods), fmt::arg("beam_width", model_->beam_width())));
  module.register_attribute("sample_rate", c10::IntType::get(), sound_->sample_rate());
  module.eval();
  result.extra_files["config.yaml"] = config_yaml();
  for (const auto& [name, content] : text_->extra_files()) result.extra_files["text_" + name] = content;
  if (language_) result.notes.emplace_back("the language model is left out: predict searches without it");
  if (options_.data.features.normalization == "speaker") {
    result.notes.emplace_back("each waveform is normalised by its own mean and deviation: nobody says who speaks");
  }

  auto loaded = reloaded(module, device_);
  torch::NoGradGuard no_grad;
  model_->eval();
  const auto& validation = split("validation");
  const auto checked = std::min(kCheckedUtterances, validation.size());
  const auto beam_width = model_->beam_width();
  int64_t others = 0;
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
    const auto written = loaded.get_method("write")({frames.unsqueeze(0).to(device_), beam_width}).toTuple();
    const bool same = written->elements()[0].toIntVector() == best.tokens;
    if (same) {
      result.check.compare(at::tensor(written->elements()[1].toDouble(), torch::kFloat64),
                           at::tensor(best.log_probability, torch::kFloat64));
    }
    const auto said = loaded.get_method("predict")({audio.samples.to(device_), audio.sample_rate, beam_width});
    others += !same || said.toStringRef() != text_of(best.tokens);
  }
  // Where two transcripts are as likely, rounding decides; more than a few differences are a fault.
  if (others * 20 > checked) {
    throw Error(
        fmt::format("export: predict says something else than the program in {} of {} utterances", others, checked));
  }
  if (others > 0) {
    result.notes.push_back(
        fmt::format("{} of {} validation transcripts differ from the program's, where rounding decides between two",
                    others, checked));
  }
  return result;
}

}  // namespace recur
