// An evaluation for people and for programs.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "trainers/experiment.h"

namespace recur::apps {

/// {"task", "split", "examples", "metrics": {...}, "baselines": {...}}, with "details" where a task has more; a number
/// that is not finite is null.
nlohmann::ordered_json evaluation_json(const std::string& task, const Evaluation& evaluation);

/// A table: metrics with their baselines beside them.
std::string evaluation_text(const Evaluation& evaluation);

}  // namespace recur::apps
