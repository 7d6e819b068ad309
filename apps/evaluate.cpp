// recur evaluate RUN [--split SPLIT] [--json]
#include <cstdio>

#include <fmt/format.h>

#include "apps/cross_validation.h"
#include "apps/evaluation.h"
#include "apps/run_folder.h"
#include "apps/verbs.h"
#include "trainers/catalog.h"

namespace recur::apps {
namespace {

struct EvaluateArguments {
  std::string run;
  std::string split;
  bool json = false;
};

void evaluate(const EvaluateArguments& arguments) {
  const RunFolder run{arguments.run};
  if (count_folds(run) > 0) {
    const auto folds = evaluate_folds(run, arguments.split.empty() ? "test" : arguments.split);
    const auto task = task_of(load_config(run.config())).name;
    fmt::print("{}", arguments.json ? folds_json(task, folds).dump() + "\n" : folds_text(folds));
    return;
  }
  const auto experiment = open_run(run);
  const auto evaluation =
      experiment->evaluate(arguments.split.empty() ? experiment->measured_split() : arguments.split);
  if (arguments.json) {
    fmt::print("{}\n", evaluation_json(experiment->run_options().task, evaluation).dump());
  } else {
    fmt::print("{}", evaluation_text(evaluation));
  }
}

}  // namespace

void add_evaluate(CLI::App& app) {
  const auto arguments = std::make_shared<EvaluateArguments>();
  auto* verb = add_verb(app, "evaluate", "measure a run's best weights beside what needs no model",
                        "recur evaluate runs/quickstart-1 --split validation --json");
  verb->add_option("RUN", arguments->run, "a run's folder, or that of a cross-validation")->required();
  verb->add_option("--split", arguments->split,
                   "train, validation or test; default: test, or validation where there is no test split");
  verb->add_flag("--json", arguments->json, "one JSON object on stdout");
  verb->callback([arguments] { evaluate(*arguments); });
}

}  // namespace recur::apps
