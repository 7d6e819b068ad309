// The translator as one TorchScript file that takes raw sentences.
#include <algorithm>

#include <fmt/format.h>

#include "core/error.h"
#include "models/heads/signature.h"
#include "models/heads/translator_torchscript.h"
#include "trainers/tasks/taught_sentences.h"
#include "trainers/tasks/translation.h"
#include "trainers/tasks/written_check.h"

namespace recur {
namespace {

constexpr int64_t kCheckedPairs = 200;

/// predict(texts: List[str], beam_width: int) -> List[str].
constexpr const char* kTranslateMethod = R"(
def predict(self, texts: List[str], beam_width: int = 1) -> List[str]:
    translations: List[str] = []
    for text in texts:
        tokens, lengths = self.source_text.forward([text])
        ids, log_probability = self.write(tokens.to(self.decoder.embedding.weight.device), beam_width)
        translations.append(self.target_text.forward(ids))
    return translations
)";

/// What makes tokens of texts and texts of tokens, as far as it can go inside.
void add_text(TorchScriptExport& result, const TextPipeline& source, const TextPipeline& target) {
  auto& module = result.module;
  module.register_module("target_text", target.writer_to_torchscript(target.options().tokenizer == "word"));
  if (const auto obstacle = source.torchscript_obstacle()) {
    result.notes.push_back(
        fmt::format("predict(texts) is left out: {}. write(source, beam_width) takes token ids, and target_text makes "
                    "a text of what it returns; the extra files hold what makes tokens",
                    *obstacle));
  } else {
    module.register_module("source_text", source.to_torchscript());
    module.define(kTranslateMethod);
  }
  for (const auto& [name, content] : source.extra_files()) result.extra_files["source_" + name] = content;
  for (const auto& [name, content] : target.extra_files()) result.extra_files["target_" + name] = content;
}

}  // namespace

TorchScriptExport TranslationExperiment::make_export() {
  TorchScriptExport result{.module = translator_to_torchscript(*model_), .extra_files = {}, .check = {}};
  add_text(result, *source_, target_pipeline());
  result.signature = signature_of(*model_);
  return result;
}

void TranslationExperiment::check_export(torch::jit::Module& loaded, TorchScriptExport& result) {
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

    const auto ids =
        compare_search(written, loaded.get_method("write")({source, beam_width}), model_, start, options_.model.search);
    if (!loaded.find_method("predict")) continue;
    const c10::List<std::string> texts({validation.pairs->source[k]});
    const auto said = loaded.get_method("predict")({texts, beam_width}).toListRef().front().toStringRef();
    if (said != text_of({.tokens = ids})) {
      throw Error(
          fmt::format("export: predict says \"{}\" where the program says \"{}\"", said, text_of({.tokens = ids})));
    }
  }
  written.tell("translations", result);
}

}  // namespace recur
