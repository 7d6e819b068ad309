#include "apps/cross_validation.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "apps/evaluation.h"
#include "core/error.h"
#include "core/files.h"
#include "trainers/catalog.h"
#include "trainers/log/format.h"
#include "trainers/log/table.h"

namespace recur::apps {
namespace {

struct Spread {
  double mean = 0, deviation = 0, low = 0, high = 0;
};

Spread spread_of(const std::vector<double>& values) {
  Spread spread{.low = values.front(), .high = values.front()};
  for (const double value : values) {
    spread.mean += value / static_cast<double>(values.size());
    spread.low = std::min(spread.low, value);
    spread.high = std::max(spread.high, value);
  }
  for (const double value : values) spread.deviation += std::pow(value - spread.mean, 2);
  if (values.size() > 1) spread.deviation = std::sqrt(spread.deviation / static_cast<double>(values.size() - 1));
  return spread;
}

/// Over the folds, each name of `which`.
std::map<std::string, Spread> spreads(const std::vector<Evaluation>& folds, Metrics Evaluation::*which) {
  std::map<std::string, Spread> result;
  for (const auto& [name, value] : folds.front().*which) {
    std::vector<double> values;
    for (const auto& fold : folds) values.push_back((fold.*which).at(name));
    result[name] = spread_of(values);
  }
  return result;
}

int64_t count_examples(const std::vector<Evaluation>& folds) {
  int64_t examples = 0;
  for (const auto& fold : folds) examples += fold.examples;
  return examples;
}

}  // namespace

int64_t count_folds(const RunFolder& run) {
  if (!std::filesystem::is_directory(run.fold(1).path) || !std::filesystem::exists(run.config())) return 0;
  const auto config = load_config(run.config());
  return task_of(config).resolve(config).folds.value_or(0);
}

void train_folds(const TrainRequest& request, int64_t folds) {
  for (int64_t fold = 1; fold <= folds; ++fold) {
    auto one = request;
    one.run = request.run.fold(fold);
    one.details = false;
    if (std::filesystem::exists(one.run.metrics())) continue;  // done before
    fmt::print(stderr, "\nfold {} of {}\n", fold, folds);
    apply_override(one.config, fmt::format("data.fold={}", fold));
    train_run(one);
  }
  const auto evaluations = evaluate_folds(request.run, "test");
  write_file_atomically(request.run.metrics(), folds_json(task_of(request.config).name, evaluations).dump(2) + "\n");
  fmt::print(stderr, "\n{}", folds_text(evaluations));
}

std::vector<Evaluation> evaluate_folds(const RunFolder& run, const std::string& split) {
  const int64_t folds = count_folds(run);
  std::vector<Evaluation> evaluations;
  for (int64_t fold = 1; fold <= folds; ++fold) {
    if (!std::filesystem::exists(run.fold(fold).metrics())) {
      throw CheckpointError(
          fmt::format("{0}: fold {1} of {2} is not trained to its end; go on with: recur train {3} "
                      "--run {0} --resume",
                      run.path.string(), fold, folds, run.config().string()));
    }
    evaluations.push_back(open_run(run.fold(fold))->evaluate(split));
  }
  return evaluations;
}

nlohmann::ordered_json folds_json(const std::string& task, const std::vector<Evaluation>& folds) {
  nlohmann::ordered_json json = {{"task", task},
                                 {"split", folds.front().split},
                                 {"examples", count_examples(folds)},
                                 {"metrics", nlohmann::ordered_json::object()},
                                 {"baselines", nlohmann::ordered_json::object()},
                                 {"folds", folds.size()},
                                 {"deviations", nlohmann::ordered_json::object()},
                                 {"per_fold", nlohmann::ordered_json::array()}};
  for (const auto& [name, spread] : spreads(folds, &Evaluation::metrics)) {
    json["metrics"][name] = spread.mean;
    json["deviations"][name] = spread.deviation;
  }
  for (const auto& [name, spread] : spreads(folds, &Evaluation::baselines)) {
    json["baselines"][name] = spread.mean;
    json["deviations"][name] = spread.deviation;
  }
  for (const auto& fold : folds) json["per_fold"].push_back(fold.metrics);
  return json;
}

std::string folds_text(const std::vector<Evaluation>& folds) {
  Table table{.header = {"over the folds", "mean", "deviation", "lowest", "highest"}};
  for (const auto which : {&Evaluation::metrics, &Evaluation::baselines}) {
    for (const auto& [name, spread] : spreads(folds, which)) {
      table.rows.push_back({name, format_number(spread.mean), format_number(spread.deviation),
                            format_number(spread.low), format_number(spread.high)});
    }
  }
  return fmt::format("{} split of {} folds, {} examples\n{}", folds.front().split, folds.size(),
                     format_count(count_examples(folds)), table.to_string(true, 2));
}

}  // namespace recur::apps
