// recur export RUN --format torchscript [--output FILE]
#include <cstdio>

#include <fmt/format.h>

#include "apps/evaluation.h"
#include "apps/run_folder.h"
#include "apps/verbs.h"
#include "trainers/log/format.h"

namespace recur::apps {
namespace {

struct Arguments {
  std::string run;
  std::string format = "torchscript";
  std::string output;
};

void export_run(const Arguments& arguments) {
  const RunFolder run{arguments.run};
  const auto experiment = open_run(run);
  auto result = experiment->export_torchscript();
  result.extra_files["metrics.json"] =
      evaluation_json(experiment->run_options().task, experiment->evaluate(experiment->measured_split())).dump(2) +
      "\n";

  const auto output = arguments.output.empty() ? run.path / "model.pt" : std::filesystem::path(arguments.output);
  write_torchscript(result, output);
  fmt::print(stderr, "checked {} outputs against the model: largest difference {:.2g}\n",
             format_count(result.check.outputs), result.check.difference);
  for (const auto& note : result.notes) fmt::print(stderr, "note: {}\n", note);
  fmt::print("{}\n", output.string());
}

}  // namespace

void add_export(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  auto* verb = add_verb(app, "export", "write a run's best weights as one self-contained file",
                        "recur export runs/quickstart-1 --format torchscript --output forecaster.pt");
  verb->add_option("RUN", arguments->run, "a run's folder")->required();
  verb->add_option("--format", arguments->format, "torchscript")
      ->check(CLI::IsMember({"torchscript"}))
      ->capture_default_str();
  verb->add_option("--output", arguments->output, "the file; default RUN/model.pt");
  verb->callback([arguments] { export_run(*arguments); });
}

}  // namespace recur::apps
