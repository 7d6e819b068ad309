#include "apps/sweep_run.h"

#include <chrono>
#include <cstdio>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/child_process.h"
#include "apps/run_folder.h"
#include "apps/verbs.h"
#include "core/error.h"
#include "core/files.h"
#include "trainers/config_difference.h"
#include "trainers/log/format.h"

namespace recur::apps {
namespace {

/// What the program said last, of a trial that failed.
std::string last_line(const std::filesystem::path& file) {
  auto text = read_file(file);
  text.erase(text.find_last_not_of("\r\n") + 1);
  return printable(text.substr(text.find_last_of("\r\n") + 1));
}

class SweepRun {
 public:
  explicit SweepRun(const SweepRequest& request) : request_(request), results_(request.sweep) {}

  SweepResults run() {
    check_folder();
    std::filesystem::create_directories(request_.folder);
    lock_for_children(request_.folder / "lock");
    for (size_t i = 0; i < size(); ++i) {
      if (std::filesystem::exists(folder(i).metrics())) results_.set(i, read_trial(folder(i).path));
    }
    to_do_ = size() - results_.count(TrialStatus::kDone);
    fmt::print(stderr, "sweep {}: {} trials, {} done before, {} at once with {} threads each\n",
               request_.folder.string(), size(), size() - to_do_, request_.jobs, request_.threads);
    try {
      work();
    } catch (...) {  // e.g. the metric is not known: nothing is left running
      stop_children(SIGTERM);
      while (!running_.empty()) answer(signals_.next());
      throw;
    }
    write_files();
    if (signal_ != 0) {
      fmt::print(stderr, "stopped and saved; the same command goes on\n");
      throw Exit{128 + signal_};
    }
    return std::move(results_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  size_t size() const { return request_.sweep.trials.size(); }
  RunFolder folder(size_t trial) const { return {request_.folder / trial_name(trial)}; }
  std::filesystem::path config(size_t trial) const { return folder(trial).path / "trial.yaml"; }

  /// Before anything is written: a trial that was begun is to go on with its own config.
  void check_folder() const {
    for (size_t i = 0; i < size(); ++i) {
      if (!std::filesystem::exists(config(i))) continue;
      const auto difference = config_difference(read_file(config(i)), request_.sweep.trials[i].yaml);
      if (difference.empty()) continue;
      throw ConfigError(
          fmt::format("{}: was begun with another config:\n{}Sweep with the old config, or into another "
                      "folder by --run",
                      folder(i).path.string(), difference));
    }
  }

  void work() {
    size_t next = 0;
    while (true) {
      while (signal_ == 0 && next < size() && static_cast<int64_t>(running_.size()) < request_.jobs) {
        if (results_.status(next) != TrialStatus::kDone) start(next);
        ++next;
      }
      if (running_.empty()) return;
      const int signal = signals_.next();
      for (const size_t trial : answer(signal)) settle(trial);
    }
  }

  void start(size_t trial) {
    write_file_atomically(config(trial), request_.sweep.trials[trial].yaml);
    std::vector<std::string> arguments;
    for (const auto& plugin : request_.plugins) arguments.insert(arguments.end(), {"--plugin", plugin});
    arguments.insert(arguments.end(), {"train", config(trial).string(), "--run", folder(trial).path.string()});
    if (std::filesystem::exists(folder(trial).config())) arguments.push_back("--resume");
    running_[start_child({.arguments = std::move(arguments),
                          .output = folder(trial).path / "output.log",
                          .threads = static_cast<int>(request_.threads)},
                         signals_)] = trial;
  }

  /// Passes a signal on, or takes note of children that have ended.  Returns their trials.
  std::vector<size_t> answer(int signal) {
    if (signal != SIGCHLD) {
      if (signal_ == 0) fmt::print(stderr, "stopping: {} trials save what they have\n", running_.size());
      signal_ = signal;
      stop_children(signal);
    }
    std::vector<size_t> ended;
    while (const auto child = ended_child()) {
      const auto found = running_.find(child->pid);
      if (found == running_.end()) continue;
      ended.push_back(found->second);
      codes_[found->second] = child->code;
      running_.erase(found);
    }
    return ended;
  }

  void stop_children(int signal) const {
    for (const auto& [pid, trial] : running_) kill(pid, signal);
  }

  void settle(size_t trial) {
    const int code = codes_[trial];
    if (code == 0) {
      results_.set(trial, read_trial(folder(trial).path));
    } else {
      results_.set(trial, {.status = signal_ != 0 ? TrialStatus::kStopped : TrialStatus::kFailed});
    }
    if (results_.status(trial) != TrialStatus::kStopped) tell(trial, code);
    write_files();
  }

  void tell(size_t trial, int code) {
    ++ended_;
    const auto done = results_.count(TrialStatus::kDone) + results_.count(TrialStatus::kFailed);
    auto line = fmt::format("[{}/{}] {}  {}  ", done, size(), trial_name(trial), results_.values_text(trial));
    const auto log = folder(trial).path / "output.log";
    line += code == 0 ? results_.value_text(trial)
                      : fmt::format("failed with exit code {}: {} ({})", code, last_line(log), log.string());
    if (const auto best = results_.best()) {
      line += fmt::format("  best {} {}", trial_name(*best), results_.value_text(*best));
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    const auto left = static_cast<double>(to_do_ - ended_);
    if (left > 0) line += fmt::format("  {} left", format_duration(seconds / static_cast<double>(ended_) * left));
    fmt::print(stderr, "{}\n", line);
  }

  void write_files() const {
    write_file_atomically(request_.folder / "sweep.json", results_.to_json().dump(2) + "\n");
    write_file_atomically(request_.folder / "sweep.csv", results_.to_csv());
  }

  const SweepRequest& request_;
  const HeldSignals signals_;
  SweepResults results_;
  std::map<pid_t, size_t> running_;
  std::map<size_t, int> codes_;  ///< exit codes
  size_t to_do_ = 0, ended_ = 0;
  int signal_ = 0;  ///< the last one that asked to stop
  const Clock::time_point began_ = Clock::now();
};

}  // namespace

SweepResults run_sweep(const SweepRequest& request) {
  return SweepRun(request).run();
}

}  // namespace recur::apps
