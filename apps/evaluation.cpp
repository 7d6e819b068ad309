#include "apps/evaluation.h"

#include <fmt/format.h>

#include "trainers/log/format.h"
#include "trainers/log/table.h"

namespace recur::apps {

nlohmann::ordered_json evaluation_json(const std::string& task, const Evaluation& evaluation) {
  return {{"task", task},
          {"split", evaluation.split},
          {"examples", evaluation.examples},
          {"metrics", evaluation.metrics},  // the library writes NaN and infinity as null
          {"baselines", evaluation.baselines}};
}

std::string evaluation_text(const Evaluation& evaluation) {
  return fmt::format("{} split, {} examples\n{}", evaluation.split, format_count(evaluation.examples),
                     metrics_table(evaluation.metrics, evaluation.baselines).to_string(true, 2));
}

}  // namespace recur::apps
