// The forecaster as one TorchScript file that takes raw prices.

#include <ATen/ops/linspace.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "models/heads/forecaster_torchscript.h"
#include "models/heads/signature.h"
#include "trainers/tasks/stock.h"

namespace recur {
namespace {

constexpr int64_t kCheckedForecasts = 50;  // of predict(), which runs one window at a time

/// predict(rows [T, F]) -> [horizon] in price units.
std::string predict_method(const StockPipeline& pipeline) {
  return fmt::format(R"(
def predict(self, rows: Tensor) -> Tensor:
    assert rows.dim() == 2 and rows.size(1) == {0} and rows.size(0) >= {1}, "expected rows of shape [T, {0}], T at least {1}: {2}"
    raw = rows.double()[-{1}:]
    x = self.features(raw).to(self.readout.weight)
    y = self.forward(x.unsqueeze(0), None).to(raw)
    return self.decode(y, raw[-1:, 0])[0]
)",
                     pipeline.raw_columns().size(), pipeline.context_rows(), fmt::join(pipeline.raw_columns(), ", "));
}

}  // namespace

TorchScriptExport StockExperiment::make_export() {
  TorchScriptExport result{.module = forecaster_to_torchscript(*model_), .extra_files = {}, .check = {}};
  auto& module = result.module;
  c10::List<std::string> columns;
  for (const auto& column : pipeline_->raw_columns()) columns.push_back(column);
  module.register_attribute("columns", c10::ListType::ofStrings(), columns);
  module.define(pipeline_->torchscript());
  module.define(predict_method(*pipeline_));
  result.signature = signature_of(*model_);

  result.extra_files["columns.json"] = nlohmann::json(pipeline_->raw_columns()).dump();
  return result;
}

void StockExperiment::check_export(torch::jit::Module& loaded, TorchScriptExport& result) {
  const auto windows = dataset().all(StockSplit::kValidation);
  const auto x = windows.x.to(device_);
  const auto lengths = at::linspace(1, x.size(1), x.size(0), torch::kFloat64).to(torch::kInt64);  // ragged, 1..window
  for (const std::optional<torch::Tensor>& given : {std::optional<torch::Tensor>(), std::optional(lengths)}) {
    const auto got = loaded.forward({x, given}).toTensor();
    result.check.compare(got, model_->forward(x, given));
  }

  const auto tables = read_tables(options_.data.files);
  const auto rows = pipeline_->raw_rows(tables.front());
  const int64_t context = pipeline_->context_rows(), count = std::min(kCheckedForecasts, rows.size(0) - context + 1);
  for (int64_t k = 0; k < count; ++k) {
    const auto raw = rows.narrow(0, rows.size(0) - context - k, context);
    const auto y = run_model(pipeline_->features(raw).to(torch::kFloat32).unsqueeze(0));
    const auto expected = pipeline_->decode_target(y, raw.select(1, 0).slice(0, -1))[0];
    const auto got = loaded.get_method("predict")({raw}).toTensor();
    result.check.compare(got, expected);
  }
}

}  // namespace recur
