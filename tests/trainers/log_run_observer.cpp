#include <cmath>
#include <sstream>

#include <torch/nn/module.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.h"
#include "tests/trainers/log_folder.h"
#include "trainers/log/metrics_log.h"
#include "trainers/log/run_observer.h"

namespace recur::this_file {
namespace {

using ::testing::HasSubstr;

class RunObserverTest : public ::testing::Test {
 protected:
  ProgressSink sink() {
    return {.out = &out_, .is_terminal = false, .width = [] { return 80; }, .clock = [this] { return now_; }};
  }

  // Steps first..last of an epoch of ten, every fifth logged, then an evaluation.
  void run(RunObserver& observer, int64_t first, int64_t last) {
    for (int64_t step = first; step <= last; ++step) {
      now_ += 10;
      observer.on_step({.step = step,
                        .epoch = 0,
                        .batch = step,
                        .batches = 10,
                        .examples = 32,
                        .loss = 1.0 / step,
                        .epoch_loss = 0.5,
                        .learning_rate = 0.01,
                        .gradient_norm = 2,
                        .examples_per_second = 3.2,
                        .log = step % 5 == 0});
    }
    observer.on_evaluation({.step = last,
                            .epoch = 0,
                            .epoch_ended = true,
                            .epoch_loss = 0.5,
                            .metrics = {{"loss", 0.4}, {"rmse", NAN}},
                            .is_best = true});
  }

  LogFolder folder_;
  std::ostringstream out_;
  double now_ = 0;
};

TEST_F(RunObserverTest, WritesLoggedStepsAndEvaluations) {
  RunObserver observer({.folder = folder_.path()}, sink());
  observer.on_start({.epochs = 3, .batches = 10});
  run(observer, 1, 10);
  const auto rows = read_metrics(folder_.path() / "metrics.jsonl");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].step, 5);
  EXPECT_EQ(rows[0].values.at("train/loss"), 0.2);
  EXPECT_EQ(rows[0].values.at("train/learning_rate"), 0.01);
  EXPECT_EQ(rows[0].values.at("train/gradient_norm"), 2);
  EXPECT_EQ(rows[2].step, 10);
  EXPECT_EQ(rows[2].values.at("validation/loss"), 0.4);
  EXPECT_TRUE(std::isnan(rows[2].values.at("validation/rmse")));
}

TEST_F(RunObserverTest, AResumedRunGoesOnInTheSameFile) {
  {
    RunObserver observer({.folder = folder_.path()}, sink());
    observer.on_start({.epochs = 3, .batches = 10});
    run(observer, 1, 10);
  }
  RunObserver observer({.folder = folder_.path()}, sink());
  observer.on_start({.resumed = true, .step = 7, .epochs = 3, .batches = 10, .elapsed_seconds = 70});
  EXPECT_THAT(out_.str(), HasSubstr("resumed at step 7, epoch 1/3, after 1:10\n"));
  run(observer, 8, 10);
  std::vector<int64_t> steps;
  for (const auto& row : read_metrics(folder_.path() / "metrics.jsonl")) steps.push_back(row.step);
  EXPECT_THAT(steps, ::testing::ElementsAre(5, 10, 10));
}

TEST_F(RunObserverTest, TellsOfEvaluationsAndTheEnd) {
  RunObserver observer({.folder = folder_.path()}, sink());
  observer.on_start({.epochs = 3, .batches = 10});
  run(observer, 1, 10);
  observer.on_end({.reason = StopReason::kPatience, .epochs = 1, .steps = 10, .seconds = 100, .best_step = 10});
  EXPECT_THAT(out_.str(), HasSubstr("epoch 1/3 4/10 loss 0.5000 3.20 examples/s 1:00 left\n"));
  EXPECT_THAT(out_.str(), HasSubstr("epoch 1/3  step 10  training loss 0.5000  loss 0.4000  rmse nan  best\n"));
  EXPECT_THAT(out_.str(), HasSubstr("stopped by patience after 10 steps, 1:40; best at step 10\n"));
}

// What is in them is held by log_tensorboard.cpp; here only that they are there, and when.
TEST_F(RunObserverTest, TensorBoardHasTheConfigAndHistogramsWhereTheyAreAskedFor) {
  torch::nn::Module model;
  auto weight = model.register_parameter("weight", torch::ones({2, 3}));
  model.register_parameter("frozen", torch::ones({4}));
  weight.square().sum().backward();
  const auto written = [&](int64_t every) {
    const auto folder = folder_.path() / std::to_string(every);
    RunObserver observer(
        {.folder = folder, .config_yaml = "trainer: {epochs: 3}\n", .model = &model, .histograms_every_steps = every},
        sink());
    observer.on_start({.epochs = 3, .batches = 10});
    run(observer, 1, 10);
    observer.tensorboard()->flush();
    return read_file(observer.tensorboard()->path());
  };
  const auto count = [](const std::string& text, const std::string& part) {
    int times = 0;
    for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++times;
    return times;
  };
  const auto file = written(4);
  EXPECT_EQ(count(file, "gradients/weight"), 2) << "at steps 4 and 8";
  EXPECT_EQ(count(file, "weights/frozen"), 2);
  EXPECT_EQ(count(file, "gradients/frozen"), 0) << "it has none";
  EXPECT_EQ(count(file, "trainer.epochs"), 1);
  EXPECT_EQ(count(written(0), "gradients/"), 0);
}

TEST_F(RunObserverTest, WithoutScreenAndFolderItIsSilent) {
  RunObserver observer({.screen = false}, sink());
  observer.on_start({.epochs = 3, .batches = 10});
  run(observer, 1, 10);
  observer.on_end({});
  EXPECT_EQ(out_.str(), "");
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

}  // namespace
}  // namespace recur::this_file
