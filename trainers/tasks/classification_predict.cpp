// What a classifier says of image files, idx files and tables.
#include <algorithm>
#include <string_view>

#include <ATen/ops/cat.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"
#include "datasets/catalog.h"
#include "datasets/classification/table.h"
#include "datasets/image/image_file.h"
#include "datasets/image/operations.h"
#include "trainers/log/format.h"
#include "trainers/tasks/classification.h"

namespace recur {
namespace {

using nlohmann::ordered_json;

constexpr int64_t kOwnExamples = 10;  // of the test split, where no file is named

/// The file as a grey image of the run's size: Pillow's convert("L"), then stretched.
torch::Tensor grey_image(const torch::Tensor& image, const std::vector<int64_t>& sizes) {
  const auto colors = image.to(torch::kFloat32);
  const auto grey = 0.299 * colors.select(2, 0) + 0.587 * colors.select(2, 1) + 0.114 * colors.select(2, 2);
  return resize_image(grey.unsqueeze(2), {.height = sizes[0], .width = sizes[1]}).permute({2, 0, 1});
}

bool is_picture(std::string_view bytes) {
  return bytes.starts_with("\x89PNG") || bytes.starts_with("\xFF\xD8");
}

}  // namespace

ClassificationExperiment::Given ClassificationExperiment::read_input(const std::string& file) const {
  const auto& sizes = pipeline_->sizes;
  Given given;
  const bool is_idx = options_.data.format == "idx" || has_images();
  if (is_idx && has_images()) {
    const auto bytes = read_file(find_data_file(file));
    if (is_picture(bytes)) return {.inputs = grey_image(decode_image(bytes, file), sizes), .places = {file}};
  }
  if (is_idx) {
    given.inputs = read_idx_inputs(file);
    for (int64_t k = 0; k < given.inputs.size(0); ++k) given.places.push_back(fmt::format("{}[{}]", file, k));
  } else {
    auto columns = options_.data.table;
    columns.features = pipeline_->columns;
    const auto table = read_number_table(file, columns, Labels::kIfPresent);
    given.inputs = table.values;
    given.labels = table.labels;
    for (const int64_t line : table.lines) given.places.push_back(fmt::format("{}:{}", file, line));
  }
  if (given.inputs.sizes().slice(1) != at::IntArrayRef(sizes)) {
    throw DataError({file}, fmt::format("examples of [{}], the run was trained on [{}]",
                                        fmt::join(given.inputs.sizes().slice(1), ", "), fmt::join(sizes, ", ")));
  }
  return given;
}

ClassificationExperiment::Given ClassificationExperiment::own_examples() {
  const auto& test = split("test");
  const int64_t count = std::min(kOwnExamples, test.size());
  Given given{.inputs = test.inputs.narrow(0, 0, count), .places = {}};
  for (int64_t k = 0; k < count; ++k) {
    given.places.push_back(fmt::format("test[{}]", k));
    given.labels.push_back(pipeline_->labels[test.labels[k].item<int64_t>()]);
  }
  return given;
}

ordered_json ClassificationExperiment::predict(const PredictRequest& request) {
  std::vector<Given> inputs;
  for (const auto& file : request.inputs) inputs.push_back(read_input(file));
  if (inputs.empty()) inputs.push_back(own_examples());
  ordered_json result = {
      {"task", "classification"}, {"labels", pipeline_->labels}, {"predictions", ordered_json::array()}};
  for (const auto& given : inputs) {
    const auto probabilities = read(given.inputs);
    for (size_t n = 0; n < given.places.size(); ++n) {
      const auto row = probabilities[static_cast<int64_t>(n)];
      const auto said = row.argmax().item<int64_t>();
      ordered_json prediction = {{"input", given.places[n]},
                                 {"label", pipeline_->labels[said]},
                                 {"probability", row[said].item<double>()},
                                 {"probabilities", std::vector<double>(row.const_data_ptr<double>(),
                                                                       row.const_data_ptr<double>() + row.numel())}};
      if (!given.labels.empty() && !given.labels[n].empty()) prediction["truth"] = given.labels[n];
      result["predictions"].push_back(std::move(prediction));
    }
  }
  return result;
}

std::string ClassificationExperiment::prediction_text(const ordered_json& prediction,
                                                      const TextStyle& /*style*/) const {
  int width = 0;
  for (const auto& label : pipeline_->labels) width = std::max(width, display_width(label));
  std::string text;
  for (const auto& entry : prediction.at("predictions")) {
    const auto label = entry.at("label").get<std::string>();
    text += fmt::format("{}{}  {:5.1f} %  {}", label, std::string(width - display_width(label), ' '),
                        100 * entry.at("probability").get<double>(), printable(entry.at("input").get<std::string>()));
    if (entry.contains("truth") && entry.at("truth") != label) {
      text += fmt::format("  (is {})", printable(entry.at("truth").get<std::string>()));
    }
    text += "\n";
  }
  return text;
}

}  // namespace recur
