// A classifier of vectors or images measured, for `recur evaluate` and report.html.
#include <algorithm>

#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "trainers/log/classification_tables.h"
#include "trainers/log/confusion_chart.h"
#include "trainers/log/contact_sheet.h"
#include "trainers/log/decision_regions.h"
#include "trainers/log/format.h"
#include "trainers/log/table.h"
#include "trainers/metrics/nearest_mean.h"
#include "trainers/tasks/classes.h"
#include "trainers/tasks/classification.h"

namespace recur {
namespace {

using nlohmann::ordered_json;

constexpr int64_t kListedMistakes = 20;
constexpr int64_t kDrawnMistakes = 24;
constexpr int64_t kPixelSize = 6;  // small images would be blurred by the sheet
constexpr int64_t kFields = 110;   // of a side of the plane
constexpr int64_t kDrawnPoints = 1000;

torch::Tensor picture_of(const torch::Tensor& image) {
  const auto large = image.repeat_interleave(kPixelSize, 0).repeat_interleave(kPixelSize, 1);
  return at::stack({large, large, large}, 2).contiguous();
}

}  // namespace

Evaluation ClassificationExperiment::evaluate(const std::string& name) {
  const auto result = classify(name);
  const auto& labels = pipeline_->labels;
  const auto& train = split("train");
  const auto score = score_classification(result, labels);
  auto details = score_to_json(score);
  details["mistakes"] = ordered_json::array();
  Table table{.header = {"example", "true", "said", "probability"}};
  for (const int64_t index : most_confident_mistakes(result, kListedMistakes)) {
    const auto row = result.probabilities[index];
    const auto said = row.argmax().item<int64_t>(), truth = result.labels[index].item<int64_t>();
    const double probability = row[said].item<double>();
    details["mistakes"].push_back(
        {{"example", index}, {"label", labels[truth]}, {"said", labels[said]}, {"probability", probability}});
    table.rows.push_back({fmt::format("{}", index), labels[truth], labels[said], format_number(probability, 3)});
  }
  const auto rows = [&](const LabelledExamples& of) { return pipeline_->scaler.apply(of.inputs).flatten(1); };
  const auto& measured = split(name);
  return {.split = name,
          .examples = measured.size(),
          .metrics = classification_metrics(score),
          .baselines = {{"majority_accuracy", majority_accuracy(train.labels, measured.labels)},
                        {"nearest_mean_accuracy",
                         nearest_mean_accuracy(rows(train), train.labels, rows(measured), measured.labels,
                                               static_cast<int64_t>(labels.size()))}},
          .details_json = details.dump(),
          .details_text =
              classification_text(score) +
              (table.rows.empty() ? "no mistakes\n" : "\nmost confident mistakes\n" + table.to_string(true, 2))};
}

ReportSection ClassificationExperiment::mistakes_section(const Classified& result) {
  std::vector<SheetEntry> entries;
  for (const int64_t index : most_confident_mistakes(result, kDrawnMistakes)) {
    const auto row = result.probabilities[index];
    const auto said = row.argmax().item<int64_t>();
    entries.push_back({.image = picture_of(split("test").inputs[index]),
                       .said = "said " + pipeline_->labels[said],
                       .references = {"is " + pipeline_->labels[result.labels[index].item<int64_t>()]},
                       .score = row[said].item<double>(),
                       .score_name = "probability"});
  }
  return {.title = "Most confident mistakes", .html = contact_sheet_html({}, entries)};
}

ReportSection ClassificationExperiment::regions_section() {
  const auto& test = split("test");
  const auto low = std::get<0>(test.inputs.min(0)), high = std::get<0>(test.inputs.max(0));
  const auto margin = 0.05 * (high - low).clamp_min(1e-6);
  const auto from = (low - margin).to(torch::kFloat64), to = (high + margin).to(torch::kFloat64);
  DecisionRegions regions{.labels = pipeline_->labels,
                          .x_label = pipeline_->columns[0],
                          .y_label = pipeline_->columns[1],
                          .left = from[0].item<double>(),
                          .right = to[0].item<double>(),
                          .bottom = from[1].item<double>(),
                          .top = to[1].item<double>(),
                          .points = test.inputs.slice(0, 0, kDrawnPoints),
                          .truth = test.labels.slice(0, 0, kDrawnPoints)};
  // The middles of the fields, the top row first.
  const auto places = (at::arange(kFields, torch::kFloat64) + 0.5) / kFields;
  const auto x = from[0] + (to[0] - from[0]) * places, y = to[1] - (to[1] - from[1]) * places;
  const auto grid = at::stack({x.expand({kFields, kFields}), y.unsqueeze(1).expand({kFields, kFields})}, 2);
  regions.said = read(grid.view({-1, 2}).to(torch::kFloat32)).argmax(1).view({kFields, kFields});
  return {.title = "Where it says what",
          .html = decision_regions_svg(regions, /*standalone=*/false),
          .svg_name = "regions.svg",
          .svg = decision_regions_svg(regions)};
}

std::vector<ReportSection> ClassificationExperiment::report_sections() {
  const auto result = classify("test");
  const auto score = score_classification(result, pipeline_->labels);
  std::vector<ReportSection> sections = {
      {.title = "What is taken for what",
       .html = "<div class=\"scroll\">" + confusion_svg(score, /*standalone=*/false) + "</div>",
       .svg_name = "confusion.svg",
       .svg = confusion_svg(score)}};
  if (has_images()) sections.push_back(mistakes_section(result));
  if (pipeline_->sizes == std::vector<int64_t>{2}) sections.push_back(regions_section());
  return sections;
}

}  // namespace recur
