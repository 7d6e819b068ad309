// The translator as one TorchScript file that takes raw sentences.
#include <algorithm>

#include <fmt/format.h>

#include "core/error.h"
#include "models/heads/translator_torchscript.h"
#include "trainers/tasks/taught_sentences.h"
#include "trainers/tasks/translation.h"
#include "trainers/tasks/written_check.h"

namespace recur {
namespace {

constexpr int64_t kCheckedPairs = 200;

/// predict(texts: List[str], beam_width: int) -> List[str].
constexpr const char* kPredictMethod = R"(
def predict(self, texts: List[str], beam_width: int = 1) -> List[str]:
    translations: List[str] = []
    for text in texts:
        tokens, lengths = self.source_text.forward([text])
        ids, log_probability = self.write(tokens.to(self.decoder.embedding.weight.device), beam_width)
        translations.append(self.target_text.forward(ids))
    return translations
)";

}  // namespace

TorchScriptExport TranslationExperiment::export_torchscript() {
  TorchScriptExport result{.module = translator_to_torchscript(*model_), .extra_files = {}, .check = {}};
  auto& module = result.module;
  module.register_module("target_text",
                         target_pipeline().writer_to_torchscript(target_pipeline().options().tokenizer == "word"));
  const auto obstacle = source_->torchscript_obstacle();
  if (obstacle) {
    result.notes.push_back(
        fmt::format("predict(texts) is left out: {}. write(source, beam_width) takes token ids, and target_text makes "
                    "a text of what it returns; the extra files hold what makes tokens",
                    *obstacle));
  } else {
    module.register_module("source_text", source_->to_torchscript());
    module.define(kPredictMethod);
  }
  module.eval();
  result.extra_files["config.yaml"] = config_yaml();
  for (const auto& [name, content] : source_->extra_files()) result.extra_files["source_" + name] = content;
  for (const auto& [name, content] : target_pipeline().extra_files()) result.extra_files["target_" + name] = content;

  auto loaded = reloaded(module, device_);
  torch::NoGradGuard no_grad;
  model_->eval();
  const auto& validation = split("validation");
  const auto checked = std::min(kCheckedPairs, validation.size());
  const int64_t beam_width = options_.model.search.beam_width;
  WrittenCheck written(result.check);
  for (int64_t k = 0; k < checked; ++k) {
    const auto batch = make_batch(validation, {k});
    const auto source = batch.source.tokens.to(device_);
    const auto start = model_->start(source, batch.source.lengths);
    const auto decoded = model_->forward(start, batch.target.read.to(device_), batch.target.lengths);
    const auto logits = loaded.forward({source, batch.source.lengths, batch.target.read.to(device_)}).toTensor();
    result.check.compare(logits.squeeze(0), decoded.logits);

    const auto hypothesis = best_of_search(model_->decoding(start), options_.model.search).front();
    const auto ids = written.compare(loaded.get_method("write")({source, beam_width}), hypothesis.tokens,
                                     hypothesis.log_probability, [&](const std::vector<int64_t>& tokens) {
                                       const auto theirs = taught_sentences({tokens});
                                       const auto forced =
                                           model_->forward(start, theirs.read.to(device_), theirs.lengths);
                                       return sentence_log_probabilities(forced, theirs).item<double>();
                                     });
    if (obstacle) continue;
    const c10::List<std::string> texts({validation.pairs->source[k]});
    const auto said = loaded.get_method("predict")({texts, beam_width}).toListRef().front().toStringRef();
    if (said != text_of({.tokens = ids})) {
      throw Error(
          fmt::format("export: predict says \"{}\" where the program says \"{}\"", said, text_of({.tokens = ids})));
    }
  }
  written.tell("translations", result);
  return result;
}

}  // namespace recur
