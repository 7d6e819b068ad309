#include "apps/evaluation.h"

#include <fmt/format.h>

#include "trainers/log/format.h"
#include "trainers/log/table.h"

namespace recur::apps {

nlohmann::ordered_json evaluation_json(const std::string& task, const Evaluation& evaluation) {
  nlohmann::ordered_json json = {{"task", task},
                                 {"split", evaluation.split},
                                 {"examples", evaluation.examples},
                                 {"metrics", evaluation.metrics},  // the library writes NaN and infinity as null
                                 {"baselines", evaluation.baselines}};
  if (!evaluation.details_json.empty()) json["details"] = nlohmann::ordered_json::parse(evaluation.details_json);
  return json;
}

std::string evaluation_text(const Evaluation& evaluation) {
  return fmt::format("{} split, {} examples\n{}{}{}", evaluation.split, format_count(evaluation.examples),
                     metrics_table(evaluation.metrics, evaluation.baselines).to_string(true, 2),
                     evaluation.details_text.empty() ? "" : "\n", evaluation.details_text);
}

}  // namespace recur::apps
