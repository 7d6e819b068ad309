#include "datasets/splits.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/order.h"

namespace recur {
namespace {

// The examples of each class, shuffled.
std::vector<std::vector<int64_t>> shuffled_classes(const std::vector<int64_t>& labels, int64_t seed) {
  std::vector<std::vector<int64_t>> classes;
  const auto order = epoch_order(static_cast<int64_t>(labels.size()), seed, /*epoch=*/0);
  const auto* place = order.const_data_ptr<int64_t>();
  for (int64_t k = 0; k < order.numel(); ++k) {
    const auto label = static_cast<size_t>(labels[place[k]]);
    if (label >= classes.size()) classes.resize(label + 1);
    classes[label].push_back(place[k]);
  }
  return classes;
}

// The examples of each group, the groups in random order.
std::vector<std::vector<int64_t>> shuffled_groups(const std::vector<std::string>& groups, int64_t seed) {
  std::vector<std::vector<int64_t>> shuffled;
  std::unordered_map<std::string, size_t> places;
  const auto order = epoch_order(static_cast<int64_t>(groups.size()), seed, /*epoch=*/0);
  const auto* place = order.const_data_ptr<int64_t>();
  for (int64_t k = 0; k < order.numel(); ++k) {
    const auto& group = groups[place[k]];
    const size_t at = group.empty() ? shuffled.size() : places.try_emplace(group, shuffled.size()).first->second;
    if (at == shuffled.size()) shuffled.emplace_back();
    shuffled[at].push_back(place[k]);
  }
  return shuffled;
}

void check_folds(size_t examples, int64_t folds) {
  if (folds >= 2 && static_cast<int64_t>(examples) >= folds) return;
  throw DataError(
      fmt::format("{} folds of {} examples: expected 2 folds or more, and an example for each", folds, examples));
}

}  // namespace

std::vector<int64_t> stratified_folds(const std::vector<int64_t>& labels, int64_t folds, int64_t seed) {
  check_folds(labels.size(), folds);
  std::vector<int64_t> fold_of(labels.size());
  int64_t next = 0;  // dealt like cards, one class after the other
  for (const auto& examples : shuffled_classes(labels, seed)) {
    for (const auto example : examples) fold_of[example] = next++ % folds;
  }
  return fold_of;
}

std::vector<bool> stratified_part(const std::vector<int64_t>& labels, double fraction, int64_t seed) {
  std::vector<bool> is_in(labels.size());
  double owed = 0.5;  // what rounding left over goes on to the next class
  for (const auto& examples : shuffled_classes(labels, seed)) {
    if (examples.empty()) continue;
    owed += fraction * static_cast<double>(examples.size());
    const auto taken = std::min(static_cast<int64_t>(std::floor(owed)), static_cast<int64_t>(examples.size()) - 1);
    for (int64_t k = 0; k < taken; ++k) is_in[examples[k]] = true;
    owed -= static_cast<double>(taken);
  }
  return is_in;
}

std::vector<int64_t> grouped_folds(const std::vector<std::string>& groups, int64_t folds, int64_t seed) {
  check_folds(groups.size(), folds);
  std::vector<int64_t> fold_of(groups.size()), sizes(folds);
  for (const auto& examples : shuffled_groups(groups, seed)) {
    const auto smallest = std::ranges::min_element(sizes) - sizes.begin();
    for (const auto example : examples) fold_of[example] = smallest;
    sizes[smallest] += static_cast<int64_t>(examples.size());
  }
  return fold_of;
}

std::vector<bool> grouped_part(const std::vector<std::string>& groups, double fraction, int64_t seed) {
  std::vector<bool> is_in(groups.size());
  const auto wanted = std::llround(fraction * static_cast<double>(groups.size()));
  int64_t taken = 0;
  for (const auto& examples : shuffled_groups(groups, seed)) {
    if (taken >= wanted) break;
    for (const auto example : examples) is_in[example] = true;
    taken += static_cast<int64_t>(examples.size());
  }
  return is_in;
}

}  // namespace recur
