// The classifier as one TorchScript file that takes raw sentences.

#include <ATen/ops/softmax.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "models/heads/classifier_torchscript.h"
#include "models/heads/signature.h"
#include "trainers/tasks/sentiment.h"

namespace recur {
namespace {

constexpr int64_t kCheckedTexts = 500;
constexpr size_t kReviewsCheckedAtOnce = 50;

/// predict(texts: List[str]) -> probabilities [N, C].
constexpr const char* kClassifyMethod = R"(
def predict(self, texts: List[str]) -> Tensor:
    if len(texts) == 0:
        return torch.zeros([0, len(self.labels)])
    tokens, lengths = self.text.forward(texts)
    return torch.softmax(self.forward(tokens.to(self.readout.weight.device), lengths).float(), 1)
)";

}  // namespace

TorchScriptExport SentimentExperiment::make_export() {
  TorchScriptExport result{.module = classifier_to_torchscript(*model_), .extra_files = {}, .check = {}};
  auto& module = result.module;
  c10::List<std::string> labels;
  for (const auto& label : labels_) labels.push_back(label);
  module.register_attribute("labels", c10::ListType::ofStrings(), labels);
  const auto obstacle = pipeline_->torchscript_obstacle();
  if (obstacle) {
    result.notes.push_back(fmt::format(
        "predict(texts) is left out: {}. forward(tokens, lengths) is there; the extra files hold what makes tokens",
        *obstacle));
  } else {
    module.register_module("text", pipeline_->to_torchscript());
    module.define(kClassifyMethod);
  }
  result.signature = signature_of(*model_);

  result.extra_files["labels.json"] = nlohmann::json(labels_).dump();
  for (const auto& [name, content] : pipeline_->extra_files()) result.extra_files[name] = content;
  return result;
}

void SentimentExperiment::check_export(torch::jit::Module& loaded, TorchScriptExport& result) {
  const auto& validation = split("validation");
  const auto count = std::min(kCheckedTexts, validation.encoded.size());
  const std::vector<std::string> texts(validation.source->texts.begin(), validation.source->texts.begin() + count);
  const EncodedTexts encoded(texts, *pipeline_);
  for (const auto& indices : batches_by_length(encoded.lengths, kReviewsCheckedAtOnce)) {
    const auto batch = pad_tokens(encoded.ids, indices);
    const auto expected = model_->forward(batch.tokens.to(device_), batch.lengths).logits;
    result.check.compare(loaded.forward({batch.tokens.to(device_), batch.lengths}).toTensor(), expected);
    if (!loaded.find_method("predict")) continue;
    c10::List<std::string> raw;
    for (const int64_t index : indices) raw.push_back(texts[index]);
    result.check.compare(loaded.get_method("predict")({raw}).toTensor(), at::softmax(expected, 1));
  }
}

}  // namespace recur
