#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/options.h"
#include "tests/trainers/log_folder.h"
#include "tests/trainers/toy_task.h"
#include "trainers/checkpoint.h"
#include "trainers/fit.h"

namespace recur::this_file {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

TrainerOptions quick() {
  TrainerOptions options{.epochs = 4};
  options.optimizer = {.name = "adam", .learning_rate = 0.05};
  return options;
}

std::string failure(ToyTask& task, const TrainerOptions& options, const FitSetup& setup = {}) {
  try {
    fit(task, options, setup);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Fit, Learns) {
  ToyTask task;
  auto options = quick();
  options.epochs = 60;
  const double before = [&] {
    task.model_.eval();
    return task.validate().at("loss");
  }();
  const auto result = fit(task, options);
  EXPECT_EQ(result.reason, StopReason::kEpochs);
  EXPECT_EQ(result.epochs, 60);
  EXPECT_EQ(result.steps, 300);
  EXPECT_LT(result.metrics.at("loss"), before / 5);
}

TEST(Fit, TellsItsObserversWhatHappens) {
  LogFolder folder;
  ToyTask task;
  Recorder recorder;
  auto options = quick();
  options.epochs = 2;
  options.log_every_steps = 4;
  const auto result = fit(task, options, {.checkpoints = folder.path(), .observers = {&recorder}});
  EXPECT_EQ(recorder.start.total_steps, 10);
  EXPECT_EQ(recorder.start.parameters, 24 + 8 + 8 + 1);
  ASSERT_EQ(recorder.steps.size(), 10U);
  const auto& seventh = recorder.steps[6];
  EXPECT_EQ(seventh.step, 7);
  EXPECT_EQ(seventh.epoch, 1);
  EXPECT_EQ(seventh.batch, 2);
  EXPECT_EQ(seventh.batches, 5);
  EXPECT_EQ(seventh.examples, 8);
  EXPECT_GT(seventh.gradient_norm, 0.0);
  EXPECT_DOUBLE_EQ(seventh.learning_rate, 0.05);
  EXPECT_DOUBLE_EQ(seventh.epoch_loss, (recorder.steps[5].loss + seventh.loss) / 2);
  EXPECT_TRUE(recorder.steps[3].log && recorder.steps[7].log && !recorder.steps[4].log);
  ASSERT_EQ(recorder.evaluations.size(), 2U);
  EXPECT_TRUE(recorder.evaluations[0].is_best && recorder.evaluations[0].epoch_ended);
  EXPECT_EQ(recorder.saved.back(), "last.pt");
  ASSERT_TRUE(recorder.end);
  EXPECT_EQ(recorder.end->metrics, result.metrics);
}

TEST(Fit, LeavesTheBestWeightsInTheModel) {
  for (const bool files : {false, true}) {
    LogFolder folder;
    ToyTask task;
    task.scripted = {0.5, 0.2, 0.4, 0.3};
    std::string best;
    struct Watch : FitObserver {
      ToyTask& task;
      std::string& best;
      Watch(ToyTask& t, std::string& b) : task(t), best(b) {}
      void on_evaluation(const EvaluationReport& event) override {
        if (event.is_best) best = task.weight_bytes();
      }
    } watch(task, best);
    const auto result =
        fit(task, quick(), {.checkpoints = files ? folder.path() : std::filesystem::path(), .observers = {&watch}});
    EXPECT_EQ(task.weight_bytes(), best);
    EXPECT_EQ(result.best_step, 10);
    EXPECT_EQ(result.metrics.at("loss"), 0.2);
  }
}

TEST(Fit, StopsWhenPatienceIsAtItsEnd) {
  ToyTask task;
  task.scripted = {0.5, 0.2, 0.4, NAN, 0.1, 0.1};
  auto options = quick();
  options.epochs = 20;
  options.patience = 2;
  const auto result = fit(task, options);
  EXPECT_EQ(result.reason, StopReason::kPatience);
  EXPECT_EQ(result.epochs, 4);
  EXPECT_EQ(result.best_step, 10);
}

TEST(Fit, StopsAtMaxStepsAndEvaluatesThere) {
  ToyTask task;
  Recorder recorder;
  auto options = quick();
  options.max_steps = 7;
  const auto result = fit(task, options, {.observers = {&recorder}});
  EXPECT_EQ(result.reason, StopReason::kMaxSteps);
  EXPECT_EQ(result.steps, 7);
  EXPECT_EQ(result.epochs, 1);
  EXPECT_EQ(recorder.start.total_steps, 7);
  ASSERT_EQ(recorder.evaluations.size(), 2U);
  EXPECT_EQ(recorder.evaluations[1].step, 7);
}

TEST(Fit, StopsAtMaxMinutesCountingEarlierParts) {
  LogFolder folder;
  auto options = quick();
  options.epochs = 100000;
  options.max_minutes = 0.2 / 60;
  const auto run = [&](bool resume) {
    ToyTask task;
    return fit(task, options, {.checkpoints = folder.path(), .resume = resume});
  };
  const auto first = run(false);
  EXPECT_EQ(first.reason, StopReason::kMaxMinutes);
  EXPECT_GE(first.seconds, 0.2);
  EXPECT_LT(first.seconds, 20.0);
  EXPECT_EQ(run(true).steps, first.steps);
  options.max_minutes = (first.seconds + 0.2) / 60;
  EXPECT_GT(run(true).steps, first.steps);
}

TEST(Fit, EvaluatesEveryNStepsOrEpochs) {
  const auto evaluated = [](int64_t steps, int64_t epochs) {
    ToyTask task;
    Recorder recorder;
    auto options = quick();
    options.evaluate_every_steps = steps;
    options.evaluate_every_epochs = epochs;
    fit(task, options, {.observers = {&recorder}});
    std::vector<int64_t> at;
    for (const auto& event : recorder.evaluations) at.push_back(event.step);
    return at;
  };
  EXPECT_THAT(evaluated(0, 1), ElementsAre(5, 10, 15, 20));
  EXPECT_THAT(evaluated(0, 3), ElementsAre(15, 20));  // and at the end
  EXPECT_THAT(evaluated(8, 1), ElementsAre(8, 16, 20));
}

TEST(Fit, PlateauLowersTheLearningRate) {
  ToyTask task;
  task.scripted = {0.5, 0.5, 0.5, 0.4};
  Recorder recorder;
  auto options = quick();
  options.schedule = {.name = "plateau", .gamma = 0.1, .plateau_patience = 1};
  fit(task, options, {.observers = {&recorder}});
  EXPECT_DOUBLE_EQ(recorder.steps[14].learning_rate, 0.05);
  EXPECT_DOUBLE_EQ(recorder.steps[15].learning_rate, 0.005);
}

TEST(Fit, AccumulatedSmallBatchesMakeTheStepOfOneLargeBatch) {
  const auto weights = [](int64_t batch_size, int64_t accumulate) {
    ToyTask task(7, batch_size);
    task.carry = false;
    task.model_.dropout = 0.0;
    auto options = quick();
    options.optimizer = {.name = "sgd", .learning_rate = 0.1};
    options.accumulate = accumulate;
    options.epochs = 3;
    EXPECT_EQ(fit(task, options).steps, 6);
    return task.model_.W1.detach().clone();
  };
  EXPECT_TRUE(torch::allclose(weights(24, 1), weights(6, 4), 1e-5, 1e-6));  // 24 + 16 of 40
}

TEST(Fit, ClipsTheGradientAndReportsItsNormBefore) {
  ToyTask task;
  task.spoil = [](int64_t, torch::Tensor& loss) { loss = loss * 1e6; };
  Recorder recorder;
  auto options = quick();
  options.optimizer = {.name = "sgd", .learning_rate = 1.0};
  options.clip_norm = 1e-3;
  options.max_steps = 1;
  const auto before = task.model_.W1.detach().clone();
  fit(task, options, {.observers = {&recorder}});
  EXPECT_GT(recorder.steps[0].gradient_norm, 1e3);
  EXPECT_LT((task.model_.W1 - before).norm().item<double>(), 1.001e-3);
  EXPECT_GT((task.model_.W1 - before).norm().item<double>(), 0.0);
}

TEST(Fit, EvaluatesAndKeepsTheAveragedWeightsButTrainsOnItsOwn) {
  const auto losses = [](std::optional<double> decay, std::string& kept) {
    ToyTask task;
    Recorder recorder;
    auto options = quick();
    options.ema_decay = decay;
    fit(task, options, {.observers = {&recorder}});
    kept = task.weight_bytes();
    std::vector<double> losses;
    for (const auto& step : recorder.steps) losses.push_back(step.loss);
    return losses;
  };
  std::string plain, averaged;
  EXPECT_EQ(losses(std::nullopt, plain), losses(0.99, averaged));
  EXPECT_NE(plain, averaged);
}

TEST(Fit, ALossThatIsNotFiniteStopsTheRunAndNamesTheParameter) {
  auto options = quick();
  options.accumulate = 2;
  ToyTask task;
  int64_t calls = 0;
  task.spoil = [&](int64_t, torch::Tensor& loss) {
    if (++calls == 9) loss = loss + (task.model_.b1 / 0.0).sum() * 0.0;  // the fourth batch of the second epoch
  };
  EXPECT_THAT(failure(task, options), AllOf(HasSubstr("the loss is nan in epoch 2, batch 4 of 5 (step 5)"),
                                            HasSubstr("parameter 'b1'"), HasSubstr("learning_rate")));
  EXPECT_FALSE(torch::isnan(task.model_.b1).any().item<bool>());  // stopped before the step
}

TEST(Fit, AGradientThatIsNotFiniteStopsTheRunToo) {
  ToyTask task;
  task.spoil = [&](int64_t, torch::Tensor& loss) { loss = loss + torch::sqrt(task.model_.b2.square()).sum(); };
  EXPECT_THAT(failure(task, quick()),
              AllOf(HasSubstr("the gradient's norm is not finite in epoch 1, batch 1"), HasSubstr("parameter 'b2'")));
}

TEST(Fit, ABadBatchIsBlamedOnTheData) {
  ToyTask task;
  task.spoil = [](int64_t index, torch::Tensor& loss) {
    if (index == 2) loss = loss + INFINITY;
  };
  EXPECT_THAT(failure(task, quick()), AllOf(HasSubstr("the loss is infinite in epoch 1, batch 3"), HasSubstr("data")));
}

TEST(Fit, SaysWhenTheMonitoredMetricIsNotMeasured) {
  struct Unmeasured : ToyTask {
    Monitor monitor() const override { return {.metric = "bleu", .lower_is_better = false}; }
  } task;
  EXPECT_THAT(failure(task, quick()), HasSubstr("'bleu'"));
}

TEST(Fit, HigherIsBetterWhereTheMonitorSaysSo) {
  struct Accuracy : ToyTask {
    Monitor monitor() const override { return {.metric = "loss", .lower_is_better = false}; }
  } task;
  task.scripted = {0.5, 0.9, 0.7, 0.8};
  EXPECT_EQ(fit(task, quick()).best_step, 10);
}

TEST(Fit, AnInterruptSavesTheLastWeightsAndReturns) {
  LogFolder folder;
  ToyTask task;
  Recorder recorder;
  recorder.stop_after = 3;
  const auto result = fit(task, quick(),
                          {.checkpoints = folder.path(),
                           .config_yaml = "a: 1\n",
                           .observers = {&recorder},
                           .interrupt = &recorder.interrupt});
  EXPECT_EQ(to_string(result.reason), "interrupted");
  EXPECT_EQ(result.steps, 3);
  const auto last = read_checkpoint(folder.path() / "last.pt");
  EXPECT_EQ(last.step, 3);
  EXPECT_EQ(last.config_yaml, "a: 1\n");
  EXPECT_EQ(last.pipeline_json, R"({"mean": 0.5})");
  EXPECT_TRUE(last.model.at("W1").equal(task.model_.W1));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "best.pt"));
}

TEST(Fit, OptionsNameEveryMember) {
  check_fields<OptimizerOptions>();
  check_fields<ScheduleOptions>();
  check_fields<TrainerOptions>();
}

}  // namespace
}  // namespace recur::this_file
