// recur sweep CONFIG [key=value ...] [--run DIR] [--jobs N] [--json]
#include <algorithm>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/sweep_run.h"
#include "apps/verbs.h"

namespace recur::apps {
namespace {

struct SweepArguments {
  ConfigArguments config;
  std::string run;
  int64_t jobs = 0;
  bool json = false;
};

void sweep(const SweepArguments& arguments, const std::vector<std::string>& plugins) {
  const auto sweep = read_sweep(arguments.config.load());
  const auto cores = std::max<int64_t>(1, std::thread::hardware_concurrency());
  const auto jobs = arguments.jobs > 0 ? arguments.jobs : cores;
  const std::filesystem::path folder = arguments.run.empty() ? "runs/" + sweep.name + "-sweep" : arguments.run;
  const auto results = run_sweep({.sweep = sweep,
                                  .folder = folder,
                                  .jobs = std::min(jobs, static_cast<int64_t>(sweep.trials.size())),
                                  .threads = std::max<int64_t>(1, cores / jobs),
                                  .plugins = plugins});
  if (arguments.json) {
    fmt::print("{}\n", results.to_json().dump());
  } else {
    fmt::print("\n{}\n{} sweep.json, sweep.csv", results.to_text(), folder.string() + ":");
    if (const auto best = results.best()) {
      fmt::print("; next: recur evaluate {}", (folder / trial_name(*best)).string());
    }
    fmt::print("\n");
  }
  if (results.count(TrialStatus::kFailed) > 0) throw Exit{1};
}

}  // namespace

void add_sweep(CLI::App& app) {
  const auto arguments = std::make_shared<SweepArguments>();
  auto* verb = add_verb(app, "sweep", "train a config once for each choice that its `sweep:` section names",
                        "recur sweep configs/stock/sweep.yaml --jobs 2");
  arguments->config.add(*verb, "a YAML file with a section `sweep:`");
  verb->add_option("--run", arguments->run,
                   "the sweep's folder, a run for each trial in it; default runs/NAME-sweep.  What is done there is "
                   "not done again");
  verb->add_option("--jobs", arguments->jobs, "trials at once; default one for each core")->check(CLI::PositiveNumber);
  verb->add_flag("--json", arguments->json, "one JSON object on stdout");
  verb->callback([arguments, &app] { sweep(*arguments, app.get_option("--plugin")->results()); });
}

}  // namespace recur::apps
