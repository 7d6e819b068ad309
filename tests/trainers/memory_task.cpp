// The tests of memory as a task: its loss, its scores, its baselines, and that it learns.
#include <cmath>

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <torch/optim/adam.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "tests/datasets/temporary_folder.h"
#include "trainers/tasks/memory.h"

namespace recur::this_file {
namespace {

using testing::HasSubstr;
using torch::Tensor;

MemoryOptions small(const std::string& format) {
  MemoryOptions options;
  options.task = "memory";
  options.device = "cpu";
  options.data.format = format;
  options.data.length = 6;
  options.data.longest = 4;
  options.data.test_longest = 6;
  options.data.train_examples = 50;
  options.data.validation_examples = 40;
  options.data.test_examples = 300;
  options.model.recurrent.hidden_size = 8;
  options.trainer.batch_size = 16;
  return options;
}

MemoryExperiment make(const MemoryOptions& options) {
  torch::manual_seed(2);
  return {options, nullptr};
}

TEST(MemoryScoring, AStepIsRightIfEveryLegalClassIsAboveAllOthers) {
  const auto logits = at::tensor({3.0, 2.0, 1.0}).expand({1, 5, 3});
  auto legal = at::zeros({1, 5, 3}, torch::kBool);
  legal[0][0][0] = true;                          // the arg max
  legal[0][1][0] = legal[0][1][1] = true;         // the two largest
  legal[0][2][1] = true;                          // not the largest
  legal[0][3][0] = legal[0][3][2] = true;         // one of them below another
  const auto right = right_steps(logits, legal);  // nothing is measured at the last
  EXPECT_TRUE(right.equal(at::tensor({1, 1, 0, 0, 0}, torch::kInt64).to(torch::kBool).unsqueeze(0)));
  EXPECT_FALSE(right_steps(at::full({1, 1, 3}, NAN), legal.narrow(1, 0, 1)).any().item<bool>());
  EXPECT_FALSE(right_steps(at::zeros({1, 1, 3}), legal.narrow(1, 0, 1)).any().item<bool>());
}

TEST(MemoryScoring, CountsSequencesStepsAndWhatStoodFarBack) {
  const auto data = small("reber").data;
  const auto batch = memory_batch(data, 1, MemorySplit::kTest, 0, 0, 4);
  auto logits = batch.legal.to(torch::kFloat32);
  MemoryScore perfect;
  perfect.add(logits, batch);
  EXPECT_EQ(perfect.metrics().at("solved"), 1);
  EXPECT_EQ(perfect.metrics().at("accuracy"), 1);
  EXPECT_EQ(perfect.metrics().at("recall"), 1);

  logits[2][batch.far[2].item<int64_t>()].fill_(0);
  MemoryScore forgets;
  forgets.add(logits, batch);
  const auto steps = batch.legal.any(2).sum().item<double>();
  EXPECT_EQ(forgets.metrics().at("solved"), 0.75);
  EXPECT_EQ(forgets.metrics().at("recall"), 0.75);
  EXPECT_NEAR(forgets.metrics().at("accuracy"), 1 - 1 / steps, 1e-12);
  EXPECT_EQ(forgets.solved(), (std::vector<bool>{true, true, false, true}));
  EXPECT_EQ(solved_in_a_row(forgets.solved()), 2);
}

TEST(MemoryTask, MinimisesTheLossThatItMeasures) {
  for (const std::string format : {"adding", "copy", "parity", "reber", "anbn"}) {
    auto options = small(format);
    options.trainer.batch_size = 50;  // an epoch is one batch
    auto task = make(options);
    ASSERT_EQ(task.start_epoch(0), 1);
    const auto measured = task.evaluate("train").metrics;
    EXPECT_NEAR(task.training_loss(0).item<double>(), measured.at(format == "adding" ? "mse" : "loss"), 1e-5) << format;
  }
}

TEST(MemoryTask, PlansAnEpochOfItsExamples) {
  auto task = make(small("parity"));
  ASSERT_EQ(task.start_epoch(0), 4);
  EXPECT_EQ(task.batch_examples(0), 16);
  EXPECT_EQ(task.batch_examples(3), 2);
  const auto first = task.training_loss(1).item<double>();
  EXPECT_EQ(task.training_loss(1).item<double>(), first);
  task.start_epoch(1);
  const auto second = task.training_loss(1).item<double>();
  EXPECT_NE(second, first);
  task.evaluate("train");  // that of the first epoch; the planned one stays
  EXPECT_EQ(task.training_loss(1).item<double>(), second);
}

TEST(MemoryTask, MeasuresBesideWhatNeedsNoMemory) {
  const std::map<std::string, std::string> baselines = {{"adding", "constant_mse"},
                                                        {"copy", "memoryless_loss"},
                                                        {"parity", "guess_accuracy"},
                                                        {"reber", "forgetful_recall"},
                                                        {"anbn", "bigram_accuracy"}};
  for (const auto& [format, baseline] : baselines) {
    auto task = make(small(format));
    const auto result = task.evaluate("test");
    EXPECT_EQ(result.examples, format == "anbn" ? 6 : 300);
    ASSERT_TRUE(result.baselines.contains(baseline)) << format;
    EXPECT_TRUE(result.metrics.contains(baseline.substr(baseline.find('_') + 1))) << baseline;
    EXPECT_TRUE(task.validate().contains(task.monitor().metric));
  }
  auto task = make(small("anbn"));
  EXPECT_TRUE(task.evaluate("validation").metrics.contains("solved_to_n"));
  EXPECT_THAT(message_of<ConfigError>([&] { task.evaluate("tset"); }), HasSubstr("expected train, validation or test"));
}

TEST(MemoryTask, LearnsToAdd) {
  auto options = small("adding");
  options.data.length = 4;
  options.data.train_examples = 32 * 400;
  options.trainer.batch_size = 32;
  auto task = make(options);
  torch::optim::Adam adam(task.model().parameters(), torch::optim::AdamOptions(0.02));
  const int64_t batches = task.start_epoch(0);
  for (int64_t k = 0; k < batches; ++k) {
    adam.zero_grad();
    task.training_loss(k).backward();
    adam.step();
  }
  const auto result = task.evaluate("test");
  EXPECT_LT(result.metrics.at("mse"), 0.02);
  EXPECT_NEAR(result.baselines.at("constant_mse"), 1.0 / 6, 0.05);
}

TEST(MemoryTask, ShowsExamplesThatAreInNoSplit) {
  auto sums = make(small("adding"));
  const auto said = sums.predict({});
  ASSERT_EQ(said.at("predictions").size(), 5u);
  for (const auto& entry : said.at("predictions")) {
    EXPECT_NEAR(entry.at("marked")[0].get<double>() + entry.at("marked")[1].get<double>(),
                entry.at("expected").get<double>(), 1e-6);
  }
  EXPECT_THAT(sums.prediction_text(said, {}), HasSubstr("(steps "));

  auto copies = make(small("copy"));
  const auto entry = copies.predict({}).at("predictions")[0];
  const auto read = entry.at("read").get<std::string>(), expected = entry.at("expected").get<std::string>();
  EXPECT_EQ(read.substr(0, 10), expected.substr(expected.size() - 10));
  EXPECT_EQ(entry.at("said").get<std::string>().size(), read.size());
  EXPECT_THROW(copies.predict({.inputs = {"abc"}}), ConfigError);
}

TEST(MemoryTask, ComesBackFromACheckpointAndExportsTheSame) {
  for (const std::string format : {"adding", "reber"}) {
    const auto options = small(format);
    auto task = make(options);
    Checkpoint checkpoint{.pipeline_json = task.pipeline_json(), .model = model_state(task.model())};
    torch::manual_seed(9);
    MemoryExperiment again(options, &checkpoint);
    EXPECT_EQ(again.predict({}), task.predict({}));
    const auto exported = task.export_torchscript();
    EXPECT_GT(exported.check.outputs, 0);
    EXPECT_LT(exported.check.difference, exported.check.tolerance);
    EXPECT_EQ(exported.module.attr("reads").toStringRef(), format == "reber" ? "BTPVSXE" : "");
  }
}

}  // namespace
}  // namespace recur::this_file
