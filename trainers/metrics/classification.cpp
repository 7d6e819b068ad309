#include "trainers/metrics/classification.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>

#include <ATen/ATen.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"

namespace recur {
namespace {

constexpr int64_t kCalibrationBins = 15;

/// As Classified, on the CPU in float64, with what follows from the probabilities.
struct Predictions {
  torch::Tensor probabilities, labels;
  torch::Tensor predicted = {};   // [N] int64
  torch::Tensor confidence = {};  // [N] the predicted class's probability
};

Predictions predictions_of(const Classified& classified) {
  const torch::Tensor &p = classified.probabilities, &labels = classified.labels;
  if (p.dim() != 2 || p.numel() == 0 || labels.dim() != 1 || labels.size(0) != p.size(0)) {
    throw ShapeError(fmt::format("classification: got probabilities [{}] and labels [{}], expected [N >= 1, C] and [N]",
                                 fmt::join(p.sizes(), ", "), fmt::join(labels.sizes(), ", ")));
  }
  Predictions found{.probabilities = p.detach().to(at::kCPU, at::kDouble), .labels = labels.to(at::kCPU, at::kLong)};
  const int64_t low = found.labels.min().item<int64_t>(), high = found.labels.max().item<int64_t>();
  if (low < 0 || high >= p.size(1)) {
    throw DataError(fmt::format("classification: got label {}, expected 0 to {} for probabilities of {} classes",
                                low < 0 ? low : high, p.size(1) - 1, p.size(1)));
  }
  std::tie(found.confidence, found.predicted) = found.probabilities.max(1);
  return found;
}

double calibration_error(const Predictions& found) {
  const torch::Tensor bin = (found.confidence.nan_to_num(0) * kCalibrationBins).ceil().to(at::kLong) - 1;
  const torch::Tensor right = found.predicted.eq(found.labels).to(at::kDouble);
  // In each bin |sum of accuracy - sum of confidence|; the bins' counts cancel out.
  const torch::Tensor gap = at::zeros({kCalibrationBins}, at::kDouble)
                                .index_add(0, bin.clamp(0, kCalibrationBins - 1), right - found.confidence);
  return gap.abs().sum().item<double>() / static_cast<double>(right.size(0));
}

double ratio(int64_t part, int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

/// Fills classes and macro_f1 from the confusion matrix.
void score_classes(ClassificationScore& score, const std::vector<std::string>& labels) {
  double sum = 0;
  int64_t occurring = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto index = static_cast<int64_t>(i);
    const int64_t right = score.confusion[index][index].item<int64_t>();
    const int64_t truly = score.confusion[index].sum().item<int64_t>();
    const int64_t predicted = score.confusion.select(1, index).sum().item<int64_t>();
    score.classes.push_back({.name = labels[i],
                             .precision = ratio(right, predicted),
                             .recall = ratio(right, truly),
                             .f1 = ratio(2 * right, truly + predicted),
                             .support = truly});
    sum += score.classes.back().f1;
    occurring += truly + predicted > 0;
  }
  score.macro_f1 = sum / static_cast<double>(occurring);
}

}  // namespace

ClassificationScore score_classification(const Classified& classified, const std::vector<std::string>& labels) {
  const Predictions found = predictions_of(classified);
  const int64_t classes = found.probabilities.size(1);
  if (static_cast<int64_t>(labels.size()) != classes) {
    throw ShapeError(fmt::format("classification: got {} names for {} classes", labels.size(), classes));
  }
  const torch::Tensor of_truth = found.probabilities.gather(1, found.labels.unsqueeze(1));
  ClassificationScore score;
  score.accuracy = found.predicted.eq(found.labels).to(at::kDouble).mean().item<double>();
  score.ece = calibration_error(found);
  score.nll = -of_truth.clamp_min(std::numeric_limits<double>::epsilon()).log().mean().item<double>();
  score.confusion =
      at::bincount(found.labels * classes + found.predicted, std::nullopt, classes * classes).view({classes, classes});
  score_classes(score, labels);
  return score;
}

Metrics classification_metrics(const ClassificationScore& score) {
  return {{"accuracy", score.accuracy}, {"macro_f1", score.macro_f1}, {"ece", score.ece}, {"loss", score.nll}};
}

std::vector<int64_t> most_confident_mistakes(const Classified& classified, int64_t count) {
  const Predictions found = predictions_of(classified);
  const torch::Tensor wrong = found.predicted.ne(found.labels).nonzero().flatten();
  const torch::Tensor order = at::argsort(found.confidence.index_select(0, wrong), /*stable=*/true, 0, true);
  const torch::Tensor first = wrong.index_select(0, order).narrow(0, 0, std::clamp<int64_t>(count, 0, wrong.size(0)));
  return {first.const_data_ptr<int64_t>(), first.const_data_ptr<int64_t>() + first.numel()};
}

double majority_accuracy(const torch::Tensor& train_labels, const torch::Tensor& test_labels) {
  if (train_labels.dim() != 1 || test_labels.dim() != 1 || train_labels.numel() == 0 || test_labels.numel() == 0) {
    throw ShapeError(fmt::format("majority class: got labels [{}] and [{}], expected [N >= 1] and [M >= 1]",
                                 fmt::join(train_labels.sizes(), ", "), fmt::join(test_labels.sizes(), ", ")));
  }
  const torch::Tensor majority = at::bincount(train_labels.to(at::kCPU, at::kLong)).argmax();
  return test_labels.to(at::kCPU, at::kLong).eq(majority).to(at::kDouble).mean().item<double>();
}

}  // namespace recur
