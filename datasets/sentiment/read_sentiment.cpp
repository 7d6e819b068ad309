#include "datasets/sentiment/read_sentiment.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/names.h"
#include "datasets/class_names.h"
#include "datasets/sentiment/imdb.h"
#include "datasets/sentiment/public_sets.h"
#include "datasets/sentiment/reviews.h"
#include "datasets/sentiment/table.h"
#include "datasets/splits.h"

namespace recur {
namespace {

LabelledFiles read_files(const SentimentDataOptions& options, const ReadProgress& progress) {
  if (options.format == "reviews") return {.train = {simulate_reviews(options.simulate_examples)}};
  if (options.format == "sst2") return read_sst2(options);
  if (options.format == "mr") return read_mr(options);
  if (options.format == "trec") return read_trec(options);
  if (options.format == "imdb") return read_imdb(options, progress);
  if (options.format == "table") return read_tables(options);
  throw ConfigError(fmt::format("format: got \"{}\", expected reviews, sst2, mr, trec, imdb or table{}", options.format,
                                did_you_mean(options.format, {"reviews", "sst2", "mr", "trec", "imdb", "table"})));
}

std::vector<std::string> classes_of(const std::vector<LabelledFile>& files) {
  std::vector<std::string> labels, sources;
  for (const auto& file : files) {
    labels.insert(labels.end(), file.labels.begin(), file.labels.end());
    sources.push_back(file.source);
  }
  return class_names(std::move(labels), fmt::format("{}", fmt::join(sources, ", ")));
}

// Texts move, labels become numbers.
LabelledTexts take_texts(std::vector<LabelledFile>& files, const std::vector<std::string>& names) {
  std::unordered_map<std::string, int64_t> ids;
  for (const auto& name : names) ids.emplace(name, static_cast<int64_t>(ids.size()));
  LabelledTexts taken;
  for (auto& file : files) {
    for (int64_t k = 0; k < file.size(); ++k) {
      const auto id = ids.find(file.labels[k]);
      if (id == ids.end()) {
        throw DataError({file.source, file.lines[k]},
                        fmt::format("label \"{}\" does not occur in the training part, whose labels are {}{}",
                                    file.labels[k], fmt::join(names, ", "), did_you_mean(file.labels[k], names)));
      }
      taken.labels.push_back(id->second);
      taken.texts.push_back(std::move(file.texts[k]));
      taken.groups.push_back(std::move(file.groups[k]));
    }
  }
  return taken;
}

// Moves the examples that `is_chosen` to the result; the others stay, in their order.
LabelledTexts carve(LabelledTexts& from, const std::vector<bool>& is_chosen) {
  LabelledTexts chosen, rest;
  for (int64_t k = 0; k < from.size(); ++k) {
    auto& to = is_chosen[k] ? chosen : rest;
    to.texts.push_back(std::move(from.texts[k]));
    to.labels.push_back(from.labels[k]);
    to.groups.push_back(std::move(from.groups[k]));
  }
  from = std::move(rest);
  return chosen;
}

bool has_groups(const LabelledTexts& texts) {
  return std::ranges::any_of(texts.groups, [](const std::string& group) { return !group.empty(); });
}

std::vector<bool> part_of(const LabelledTexts& texts, double fraction, int64_t seed) {
  return has_groups(texts) ? grouped_part(texts.groups, fraction, seed) : stratified_part(texts.labels, fraction, seed);
}

void split(const SentimentDataOptions& options, int64_t seed, SentimentData& data) {
  if (options.folds) {
    const int64_t fold = options.fold.value_or(1);
    if (fold < 1 || fold > *options.folds) {
      throw ConfigError(fmt::format("fold: got {}, expected 1 to {}", fold, *options.folds));
    }
    const auto fold_of = has_groups(data.train) ? grouped_folds(data.train.groups, *options.folds, seed)
                                                : stratified_folds(data.train.labels, *options.folds, seed);
    std::vector<bool> is_test(fold_of.size());
    for (size_t k = 0; k < fold_of.size(); ++k) is_test[k] = fold_of[k] == fold - 1;
    data.test = carve(data.train, is_test);
    data.validation = {};
  } else if (data.test.size() == 0) {
    data.test = carve(data.train, part_of(data.train, options.test_fraction, seed));
  }
  if (data.validation.size() == 0) {
    data.validation = carve(data.train, part_of(data.train, options.validation_fraction, seed));
  }
}

}  // namespace

SentimentData read_sentiment(const SentimentDataOptions& options, int64_t seed, const ReadProgress& progress) {
  auto files = read_files(options, progress);
  SentimentData data;
  for (const auto* part : {&files.train, &files.validation, &files.test}) {
    for (const auto& file : *part) data.report.push_back(file.to_line());
  }
  data.labels = classes_of(files.train);
  data.train = take_texts(files.train, data.labels);
  data.validation = take_texts(files.validation, data.labels);
  data.test = take_texts(files.test, data.labels);
  split(options, seed, data);
  return data;
}

}  // namespace recur
