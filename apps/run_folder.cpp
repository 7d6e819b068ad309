#include "apps/run_folder.h"

#include <algorithm>
#include <vector>

#include <ATen/Parallel.h>

#include <fmt/format.h>

#include "apps/reading_bar.h"
#include "core/device.h"
#include "core/error.h"
#include "core/names.h"
#include "trainers/catalog.h"

namespace recur::apps {
namespace {

RunFolder numbered(const std::string& name, int number) {
  return {fmt::format("runs/{}-{}", name, number)};
}

int count_run_folders(const std::string& name) {
  int number = 0;
  while (std::filesystem::exists(numbered(name, number + 1).path)) ++number;
  return number;
}

/// As did_you_mean, of the folders beside it.
std::string did_you_mean_folder(const std::filesystem::path& path) {
  std::vector<std::string> beside;
  std::error_code is_absent;
  const auto parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  for (const auto& entry : std::filesystem::directory_iterator(parent, is_absent)) {
    if (entry.is_directory()) beside.push_back((path.parent_path() / entry.path().filename()).string());
  }
  std::ranges::sort(beside);
  return did_you_mean(path.string(), beside);
}

}  // namespace

RunFolder new_run_folder(const std::string& name) {
  return numbered(name, count_run_folders(name) + 1);
}

RunFolder unused_run_folder(const std::string& run, const std::string& name, const char* advice) {
  const RunFolder folder = run.empty() ? new_run_folder(name) : RunFolder{run};
  if (std::filesystem::exists(folder.path) && !std::filesystem::is_directory(folder.path)) {
    throw ConfigError(fmt::format("{}: is a file; a run wants a folder", folder.path.string()));
  }
  if (!std::filesystem::exists(folder.checkpoints()) && !std::filesystem::exists(folder.config())) return folder;
  throw ConfigError(fmt::format("{}: holds a run already; {}", folder.path.string(), advice));
}

RunFolder newest_run_folder(const std::string& name) {
  const int count = count_run_folders(name);
  if (count == 0) {
    throw ConfigError(
        fmt::format("--resume: there is no folder runs/{}-1; name the run's folder with --run DIR", name));
  }
  return numbered(name, count);
}

std::unique_ptr<Experiment> open_run(const RunFolder& run) {
  if (!std::filesystem::is_directory(run.path)) {
    const bool is_file = std::filesystem::exists(run.path);
    throw CheckpointError(fmt::format("{}: {}; a run is a folder that `recur train` made, by default runs/NAME-N{}",
                                      run.path.string(), is_file ? "is a file" : "there is no such folder",
                                      is_file ? "" : did_you_mean_folder(run.path)));
  }
  if (std::filesystem::is_directory(run.fold(1).path)) {
    throw CheckpointError(fmt::format("{}: is a cross-validation; name one of its runs, e.g. {}", run.path.string(),
                                      run.fold(1).path.string()));
  }
  const auto file = std::filesystem::exists(run.best()) ? run.best() : run.last();
  if (!std::filesystem::exists(file)) {
    throw CheckpointError(fmt::format("{}: is not a run, or one without a checkpoint yet: there is no {}",
                                      run.path.string(), file.string()));
  }
  const auto checkpoint = read_checkpoint(file);
  auto experiment = load_experiment(checkpoint, file.string(), reading_bar());
  prepare_machine(experiment->run_options());
  return experiment;
}

void prepare_machine(const RunOptions& options) {
  if (options.threads > 0) at::set_num_threads(static_cast<int>(options.threads));
  seed_everything(options.seed, options.deterministic);
}

}  // namespace recur::apps
