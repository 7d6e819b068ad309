#include "trainers/log/classification_tables.h"

#include <algorithm>
#include <numeric>

#include <ATen/ATen.h>

#include <fmt/format.h>

#include "trainers/log/format.h"

namespace recur {
namespace {

constexpr size_t kClassesInMatrix = 12;
constexpr int64_t kConfusionsListed = 15;
constexpr int kNameWidth = 24, kMatrixWidth = 72;  // columns of a terminal

double ratio(int64_t part, int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

bool occurs(const ClassificationScore& score, int64_t index) {
  return score.classes[index].support > 0 || score.confusion.select(1, index).sum().item<int64_t>() > 0;
}

std::string name_cell(const std::string& name, int width) {
  return fit_width(printable(name), width);
}

Table matrix_table(const ClassificationScore& score) {
  Table table{.header = {"true, predicted as"}};
  const int width = std::clamp(kMatrixWidth / static_cast<int>(score.classes.size()) - 2, 4, 12);
  for (const ClassScore& one : score.classes) {
    const auto row = static_cast<int64_t>(table.rows.size());
    table.header.push_back(name_cell(one.name, width));
    table.rows.push_back({name_cell(one.name, kNameWidth)});
    for (size_t column = 0; column < score.classes.size(); ++column) {
      table.rows.back().push_back(format_count(score.confusion[row][static_cast<int64_t>(column)].item<int64_t>()));
    }
  }
  return table;
}

}  // namespace

Table class_table(const ClassificationScore& score) {
  Table table{.header = {"class", "precision", "recall", "F1", "texts"}};
  for (size_t i = 0; i < score.classes.size(); ++i) {
    if (!occurs(score, static_cast<int64_t>(i))) continue;
    const ClassScore& one = score.classes[i];
    table.rows.push_back({name_cell(one.name, kNameWidth), fmt::format("{:.3f}", one.precision),
                          fmt::format("{:.3f}", one.recall), fmt::format("{:.3f}", one.f1), format_count(one.support)});
  }
  return table;
}

std::vector<Confusion> largest_confusions(const ClassificationScore& score, int64_t count) {
  std::vector<Confusion> all;
  const auto counts = score.confusion.accessor<int64_t, 2>();
  for (int64_t truth = 0; truth < counts.size(0); ++truth) {
    for (int64_t predicted = 0; predicted < counts.size(1); ++predicted) {
      const int64_t taken = counts[truth][predicted];
      if (truth != predicted && taken > 0) all.push_back({truth, predicted, taken});
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.count > b.count; });
  all.resize(std::min(all.size(), static_cast<size_t>(std::max<int64_t>(count, 0))));
  return all;
}

Table confusion_table(const ClassificationScore& score) {
  if (score.classes.size() <= kClassesInMatrix) return matrix_table(score);
  Table table{.header = {"true", "predicted as", "texts", "of the true class"}};
  for (const Confusion& one : largest_confusions(score, kConfusionsListed)) {
    const ClassScore& truth = score.classes[one.truth];
    table.rows.push_back({name_cell(truth.name, kNameWidth), name_cell(score.classes[one.predicted].name, kNameWidth),
                          format_count(one.count), fmt::format("{:.1f} %", 100 * ratio(one.count, truth.support))});
  }
  return table;
}

std::string classification_text(const ClassificationScore& score, bool unicode) {
  const bool whole = score.classes.size() <= kClassesInMatrix;
  const std::string heading = whole ? "" : "The largest confusions:\n";
  return class_table(score).to_string(unicode) + '\n' + heading + confusion_table(score).to_string(unicode);
}

}  // namespace recur
