// A run that was interrupted or killed and then resumed gives the same bits as one that never stopped.
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include <ATen/Parallel.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "core/files.h"
#include "tests/trainers/log_folder.h"
#include "tests/trainers/toy_task.h"
#include "trainers/checkpoint.h"
#include "trainers/fit.h"

namespace recur::this_file {
namespace {

namespace fs = std::filesystem;

TrainerOptions options_for(const std::string& optimizer, const std::string& schedule, bool ema) {
  TrainerOptions options{.epochs = 4, .evaluate_every_steps = 3, .checkpoint_every_steps = 4};
  options.optimizer = {.name = optimizer, .learning_rate = 0.02, .momentum = 0.9, .weight_decay = 0.01};
  options.schedule = {.name = schedule, .warmup_steps = 3, .plateau_patience = 0};
  if (ema) options.ema_decay = 0.9;
  return options;
}

/// All that is left of a finished run, to the bit: the weights in the model, both files, the next random number.
std::string remains(const ToyTask& task, const FitResult& result, const fs::path& folder) {
  std::string out = task.weight_bytes() + fmt::format("|{}|{}|{}|", result.steps, result.epochs, *result.best_step);
  for (const auto& [name, value] : result.metrics) out += fmt::format("{}={:a};", name, value);
  auto last = read_checkpoint(folder / "last.pt");
  const auto& training = *last.training;
  const auto add = [&](const TensorMap& tensors) {
    for (const auto& [name, tensor] : tensors) {
      const auto plain = tensor.contiguous();
      out += name + std::string(static_cast<const char*>(plain.const_data_ptr()), plain.nbytes());
    }
  };
  add(last.model);
  for (const auto& item : training.optimizer) add(item.second);
  add(training.average);
  add(training.generators);
  add(read_checkpoint(folder / "best.pt").model);
  return out + fmt::format("{:a}|{}|{:a}|{}", training.loss_sum, training.examples, training.plateau.factor,
                           training.best.evaluations_without_improvement);
}

std::string unbroken(const TrainerOptions& options) {
  LogFolder folder;
  ToyTask task;
  const auto result = fit(task, options, {.checkpoints = folder.path()});
  EXPECT_EQ(result.reason, StopReason::kEpochs);
  return remains(task, result, folder.path());
}

/// Interrupted after each of `steps`, each part with a new model and other random numbers before it.
std::string broken(const TrainerOptions& options, const std::vector<int64_t>& steps) {
  LogFolder folder;
  for (const auto step : steps) {
    ToyTask task;
    Recorder recorder;
    recorder.stop_after = step;
    const auto result =
        fit(task, options,
            {.checkpoints = folder.path(), .resume = true, .observers = {&recorder}, .interrupt = &recorder.interrupt});
    EXPECT_EQ(result.reason, StopReason::kInterrupted);
    EXPECT_EQ(result.steps, step);
  }
  ToyTask task;
  torch::rand({11});
  const auto result = fit(task, options, {.checkpoints = folder.path(), .resume = true});
  return remains(task, result, folder.path());
}

class Resume : public testing::TestWithParam<std::tuple<std::string, std::string, bool>> {};
INSTANTIATE_TEST_SUITE_P(Fit, Resume,
                         testing::Combine(testing::Values("sgd", "adam", "adamw", "rmsprop", "adagrad"),
                                          testing::Values("constant", "step", "cosine", "plateau", "one_cycle"),
                                          testing::Bool()),
                         [](const auto& info) {
                           return std::get<0>(info.param) + "_" + std::get<1>(info.param) +
                                  (std::get<2>(info.param) ? "_ema" : "");
                         });

TEST_P(Resume, EqualsAnUnbrokenRunToTheBit) {
  const auto& [optimizer, schedule, ema] = GetParam();
  const auto options = options_for(optimizer, schedule, ema);
  const auto expected = unbroken(options);
  std::mt19937 random(std::random_device{}());
  const auto first = std::uniform_int_distribution<int64_t>(1, 10)(random);
  const auto second = std::uniform_int_distribution<int64_t>(first + 1, 19)(random);
  EXPECT_TRUE(broken(options, {first, second}) == expected) << "interrupted after " << first << " and " << second;
}

TEST(FitResume, AtEveryStepEqualsAnUnbrokenRun) {
  const auto options = options_for("adam", "plateau", true);
  const auto expected = unbroken(options);
  for (int64_t step = 1; step < 20; ++step) EXPECT_TRUE(broken(options, {step}) == expected) << step;
}

TEST(FitResume, OfAFinishedRunChangesNothing) {
  LogFolder folder;
  const auto options = options_for("adam", "cosine", true);
  ToyTask task, again;
  const auto first = fit(task, options, {.checkpoints = folder.path()});
  const auto bytes = read_file(folder.path() / "last.pt");
  Recorder recorder;
  const auto second = fit(again, options, {.checkpoints = folder.path(), .resume = true, .observers = {&recorder}});
  EXPECT_TRUE(recorder.steps.empty());
  EXPECT_EQ(second.metrics, first.metrics);
  EXPECT_EQ(task.weight_bytes(), again.weight_bytes());
  EXPECT_EQ(read_file(folder.path() / "last.pt"), bytes);
}

TEST(FitResume, RefusesACheckpointThatDoesNotFit) {
  LogFolder folder;
  const auto options = options_for("adam", "constant", false);
  ToyTask task;
  Recorder recorder;
  recorder.stop_after = 4;
  fit(task, options, {.checkpoints = folder.path(), .observers = {&recorder}, .interrupt = &recorder.interrupt});
  const FitSetup setup{.checkpoints = folder.path(), .resume = true};
  const auto message = [&](ToyTask& other, const TrainerOptions& changed) {
    try {
      fit(other, changed, setup);
    } catch (const CheckpointError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  ToyTask other_model, large_batches(7, 20), plain;
  other_model.model_.register_parameter("W3", torch::ones({1}));
  EXPECT_THAT(message(other_model, options), testing::HasSubstr("W3: only in the model"));
  EXPECT_THAT(message(large_batches, options), testing::HasSubstr("saved after batch 4 of an epoch that now has 2"));
  EXPECT_THAT(message(plain, options_for("sgd", "constant", false)), testing::HasSubstr("'W1'"));
  fs::remove(folder.path() / "best.pt");
  EXPECT_THAT(message(plain, options), testing::HasSubstr("best.pt"));
}

// Killed at any moment: the test starts this very program again, as a process of its own

TrainerOptions victim_options() {
  auto options = options_for("adam", "plateau", true);
  options.epochs = 100;
  options.evaluate_every_steps = 7;
  options.checkpoint_every_steps = 1;
  return options;
}

/// What the child process runs; writes the file "done" when the run has finished.
TEST(FitVictim, DISABLED_TrainsInTheFolderOfItsEnvironment) {
  const char* folder = std::getenv("RECUR_TEST_VICTIM");
  ASSERT_NE(folder, nullptr);
  at::set_num_threads(1);
  ToyTask task;
  const auto result = fit(task, victim_options(), {.checkpoints = folder, .resume = true});
  write_file_atomically(fs::path(folder) / "done", remains(task, result, folder));
}

pid_t start_victim(const fs::path& folder) {
  const pid_t child = fork();
  if (child != 0) return child;
  setenv("RECUR_TEST_VICTIM", folder.c_str(), 1);
  const auto log = (folder / "log").string();
  if (!freopen(log.c_str(), "a", stdout)) _exit(1);
  execl("/proc/self/exe", "victim", "--gtest_also_run_disabled_tests", "--gtest_filter=FitVictim.*", nullptr);
  _exit(1);
}

/// Waits until the victim has saved something, then `delay` more, then kills it.  False if it ended by itself.
bool kill_victim(pid_t child, const fs::path& file, std::chrono::microseconds delay) {
  const auto saved = [&] { return fs::exists(file) ? fs::last_write_time(file) : fs::file_time_type::min(); };
  const auto before = saved();
  int status = 0;
  while (saved() == before) {
    if (waitpid(child, &status, WNOHANG) != 0) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  std::this_thread::sleep_for(delay);
  kill(child, SIGKILL);  // at worst it has just ended, and waits for the next line
  waitpid(child, &status, 0);
  return WIFSIGNALED(status);
}

TEST(FitResume, AfterTwentyKillsEqualsAnUnbrokenRun) {
  at::set_num_threads(1);
  LogFolder calm, folder;
  ToyTask task;
  const auto result = fit(task, victim_options(), {.checkpoints = calm.path()});
  const auto expected = remains(task, result, calm.path());

  std::mt19937 random(std::random_device{}());
  std::uniform_int_distribution<int> delay(0, 15000);
  int kills = 0;
  for (int i = 0; i < 25; ++i) {
    const auto child = start_victim(folder.path());
    ASSERT_GT(child, 0);
    const bool killed = kill_victim(child, folder.path() / "last.pt", std::chrono::microseconds(delay(random)));
    if (!killed) break;
    ++kills;
    EXPECT_NO_THROW(read_checkpoint(folder.path() / "last.pt"));
  }
  EXPECT_GE(kills, 20);
  int status = 0;
  waitpid(start_victim(folder.path()), &status, 0);
  ASSERT_TRUE(fs::exists(folder.path() / "done")) << read_file(folder.path() / "log");
  EXPECT_TRUE(read_file(folder.path() / "done") == expected);
}

}  // namespace
}  // namespace recur::this_file
