#include "trainers/catalog.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/names.h"
#include "trainers/tasks/captioning.h"
#include "trainers/tasks/classification.h"
#include "trainers/tasks/language.h"
#include "trainers/tasks/memory.h"
#include "trainers/tasks/sentiment.h"
#include "trainers/tasks/speech.h"
#include "trainers/tasks/stock.h"
#include "trainers/tasks/translation.h"

namespace recur {

const std::vector<TaskType>& all_tasks() {
  static const std::vector<TaskType> kTasks = {
      stock_task(),    sentiment_task(), captioning_task(),     translation_task(),
      language_task(), speech_task(),    classification_task(), memory_task(),
  };
  return kTasks;
}

std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const auto& task : all_tasks()) names.push_back(task.name);
  return names;
}

const TaskType& task_of(const ConfigNode& config) {
  const auto* entry = config.find("task");
  const auto expected = fmt::format("task: expected one of {}", fmt::join(task_names(), ", "));
  if (entry == nullptr) throw ConfigError({config.where.source, 0, 0}, expected + "; the config does not say it");
  for (const auto& task : all_tasks()) {
    if (entry->value.is_scalar() && entry->value.scalar == task.name) return task;
  }
  const auto near = entry->value.is_scalar() ? nearest_name(entry->value.scalar, task_names()) : "";
  throw ConfigError(entry->value.where, fmt::format("{}, got {}{}", expected, describe_node(entry->value),
                                                    near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
}

std::unique_ptr<Experiment> load_experiment(const Checkpoint& checkpoint, const std::string& source,
                                            const ReadProgress& progress) {
  const auto config = parse_config(checkpoint.config_yaml, source);
  return task_of(config).make(config, &checkpoint, progress);
}

}  // namespace recur
