#include "trainers/tasks/classes.h"

#include <algorithm>

#include <ATen/ops/bincount.h>
#include <ATen/ops/ones.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/names.h"
#include "trainers/log/format.h"

namespace recur {

using nlohmann::ordered_json;

torch::Tensor class_weights(const ClassificationLossOptions& loss, const torch::Tensor& train_labels,
                            const std::vector<std::string>& labels) {
  const auto classes = static_cast<int64_t>(labels.size());
  if (loss.balanced) {
    const auto counts = at::bincount(train_labels, {}, classes).to(torch::kFloat32);
    return static_cast<double>(train_labels.size(0)) / (static_cast<double>(classes) * counts);
  }
  if (loss.class_weights.empty()) return {};
  auto weights = at::ones({classes});
  for (const auto& [label, weight] : loss.class_weights) {
    const auto at = std::ranges::find(labels, label);
    if (at == labels.end()) {
      throw ConfigError(
          fmt::format("model.loss.class_weights: there is no label \"{}\"{}", label, did_you_mean(label, labels)));
    }
    weights[at - labels.begin()] = weight;
  }
  return weights;
}

std::string class_counts(const torch::Tensor& train_labels, const std::vector<std::string>& labels) {
  constexpr size_t kNamed = 12;
  const auto of_class = at::bincount(train_labels, {}, static_cast<int64_t>(labels.size()));
  std::vector<std::string> counts;
  for (size_t c = 0; c < labels.size() && c < kNamed; ++c) {
    counts.push_back(fmt::format("{} {}", labels[c], format_count(of_class[static_cast<int64_t>(c)].item<int64_t>())));
  }
  if (labels.size() > kNamed) counts.push_back("...");
  return fmt::format("{}", fmt::join(counts, ", "));
}

ordered_json score_to_json(const ClassificationScore& score) {
  ordered_json json = {{"classes", ordered_json::array()}, {"confusion", ordered_json::array()}};
  for (const auto& c : score.classes) {
    json["classes"].push_back(
        {{"label", c.name}, {"precision", c.precision}, {"recall", c.recall}, {"f1", c.f1}, {"support", c.support}});
  }
  for (const auto& row : score.confusion.unbind(0)) {
    json["confusion"].push_back(
        std::vector<int64_t>(row.const_data_ptr<int64_t>(), row.const_data_ptr<int64_t>() + row.size(0)));
  }
  return json;
}

}  // namespace recur
