// recur train CONFIG [key=value ...] [--run DIR] [--resume]
#include <fmt/format.h>

#include "apps/cross_validation.h"
#include "apps/verbs.h"
#include "core/error.h"
#include "core/files.h"
#include "trainers/catalog.h"

namespace recur::apps {
namespace {

struct TrainArguments {
  ConfigArguments config;
  std::string run;
  bool resume = false;
  bool accept_changes = false;
};

/// Where the run lies.  Refuses to write over a run that is there.
RunFolder choose_folder(const TrainArguments& arguments, const std::string& name) {
  if (arguments.resume && arguments.run.empty()) return newest_run_folder(name);
  if (arguments.resume) {
    // No error: what starts a training again and again, whatever ended it, starts it the first time too.
    if (!std::filesystem::exists(arguments.run)) {
      fmt::print(stderr, "note: there is no {} to go on with, so the training begins\n", arguments.run);
    }
    return {arguments.run};
  }
  return unused_run_folder(arguments.run, name, "go on with it by --resume, or name another folder by --run");
}

void train(const TrainArguments& arguments) {
  auto config = arguments.config.load();
  if (const auto* sweep = config.find("sweep")) {
    throw ConfigError(sweep->where, fmt::format("sweep: this config is many; `recur sweep {}` trains them all, and "
                                                "~sweep on the command line leaves one",
                                                arguments.config.config));
  }
  const auto resolved = task_of(config).resolve(config);
  const auto run = choose_folder(arguments, resolved.run.name);
  const TrainRequest request{
      .config = std::move(config),
      .run = run,
      .resume = arguments.resume,
      .accept_changes = arguments.accept_changes,
      .command_to_resume = fmt::format("recur train {} --run {} --resume", run.config().string(), run.path.string())};
  if (resolved.folds) {
    if (arguments.resume && std::filesystem::exists(run.config())) {
      compare_configs(run, read_file(run.config()), resolved.yaml, arguments.accept_changes);
    }
    write_file_atomically(run.config(), resolved.yaml);
    train_folds(request, *resolved.folds);
  } else {
    train_run(request);
  }
}

}  // namespace

void add_train(CLI::App& app) {
  const auto arguments = std::make_shared<TrainArguments>();
  auto* verb = add_verb(app, "train", "train what a config describes",
                        "recur train configs/stock/quickstart.yaml model.recurrent.hidden_size=64 trainer.epochs=5");
  arguments->config.add(*verb);
  verb->add_option("--run", arguments->run, "the run's folder; default runs/NAME-N");
  verb->add_flag("--resume", arguments->resume, "go on where the run was stopped, to the same bits");
  verb->add_flag("--accept-changes", arguments->accept_changes, "with --resume: go on although the config has changed");
  verb->callback([arguments] { train(*arguments); });
}

}  // namespace recur::apps
