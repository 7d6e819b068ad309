// The classifier of vectors or images as one TorchScript file that takes raw numbers.
#include <algorithm>

#include <ATen/ops/softmax.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "models/heads/signature.h"
#include "trainers/tasks/classification.h"

namespace recur {
namespace {

constexpr int64_t kCheckedExamples = 500;
constexpr int64_t kCheckedBatch = 50;

c10::List<std::string> list_of(const std::vector<std::string>& texts) {
  c10::List<std::string> list;
  for (const auto& text : texts) list.push_back(text);
  return list;
}

/// predict(x): raw numbers -> probabilities [N, C].
std::string predict_method(const std::vector<int64_t>& sizes) {
  const auto shape = fmt::format("[N, {}]", fmt::join(sizes, ", "));
  const bool images = sizes.size() == 2;
  return fmt::format(R"(
def scale(self, x: Tensor) -> Tensor:
    return (x.to(self.mean.device).float() - self.mean) / self.deviation

def predict(self, x: Tensor) -> Tensor:
    assert x.dim() == {} and x.size()[1:] == [{}]{}, "expected {} {}"
    return torch.softmax(self.forward(self.scale(x)).float(), 1)
)",
                     sizes.size() + 1, fmt::join(sizes, ", "), images ? " and x.dtype == self.uint8" : "",
                     images ? "images of bytes (uint8)" : "rows", shape);
}

}  // namespace

TorchScriptExport ClassificationExperiment::make_export() {
  TorchScriptExport result{.module = vector_classifier_to_torchscript(*model_), .extra_files = {}, .check = {}};
  auto& module = result.module;
  module.register_attribute("labels", c10::ListType::ofStrings(), list_of(pipeline_->labels));
  module.register_attribute("columns", c10::ListType::ofStrings(), list_of(pipeline_->columns));
  module.register_buffer("mean", pipeline_->scaler.mean().to(device_));
  module.register_buffer("deviation", pipeline_->scaler.deviation().to(device_));
  module.register_attribute("uint8", c10::IntType::get(), static_cast<int64_t>(torch::kUInt8));
  module.define(predict_method(pipeline_->sizes));
  result.signature = signature_of(*model_);

  result.extra_files["labels.json"] = nlohmann::json(pipeline_->labels).dump();
  result.extra_files["pipeline.json"] = pipeline_json();
  return result;
}

void ClassificationExperiment::check_export(torch::jit::Module& loaded, TorchScriptExport& result) {
  const auto& inputs = split("validation").inputs;
  const int64_t checked = std::min(kCheckedExamples, inputs.size(0));
  for (int64_t first = 0; first < checked; first += kCheckedBatch) {
    const auto raw = inputs.narrow(0, first, std::min(kCheckedBatch, checked - first));
    const auto x = pipeline_->scaler.apply(raw.to(device_));
    const auto expected = model_->forward(x);
    result.check.compare(loaded.forward({x}).toTensor(), expected);
    result.check.compare(loaded.get_method("predict")({raw}).toTensor(), at::softmax(expected, 1));
  }
}

}  // namespace recur
