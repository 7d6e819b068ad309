// recur predict RUN [INPUT ...] [--json]
#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/run_folder.h"
#include "apps/verbs.h"

namespace recur::apps {
namespace {

struct Arguments {
  std::string run;
  PredictRequest request;
  bool json = false;
};

void predict(const Arguments& arguments) {
  const auto experiment = open_run({arguments.run});
  const auto prediction = experiment->predict(arguments.request);
  if (arguments.json) {
    fmt::print("{}\n", prediction.dump());
  } else {
    fmt::print("{}", experiment->prediction_text(prediction));
  }
}

}  // namespace

void add_predict(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  auto* verb = add_verb(app, "predict", "use a run's best weights on new input",
                        "recur predict runs/netflix-1 NFLX.csv --steps 5");
  verb->add_option("RUN", arguments->run, "a run's folder")->required();
  verb->add_option("INPUT", arguments->request.inputs,
                   "stock: CSV files of prices, forecast from their last rows; default: the run's own data");
  verb->add_option("--steps", arguments->request.steps,
                   "forecasts: how many values; beyond the model's horizon its forecasts are fed back")
      ->check(CLI::Range(int64_t{1}, int64_t{10000}));
  verb->add_flag("--json", arguments->json, "one JSON object on stdout");
  verb->callback([arguments] { predict(*arguments); });
}

}  // namespace recur::apps
