// The classification task: its loss, how its batches are cut, what it measures beside, and that it learns.
#include <cmath>

#include <ATen/ops/tensor.h>
#include <torch/optim/adam.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"
#include "datasets/image/image_file.h"
#include "tests/datasets/temporary_folder.h"
#include "trainers/metrics/nearest_mean.h"
#include "trainers/tasks/classification.h"

namespace recur::this_file {
namespace {

using testing::HasSubstr;
using namespace std::string_literals;

ClassificationOptions spirals() {
  ClassificationOptions options;
  options.task = "classification";
  options.device = "cpu";
  options.data.simulate_examples = 600;
  options.model.feed_forward.layers = {32, 32};
  options.trainer.batch_size = 32;
  return options;
}

ClassificationExperiment make(const ClassificationOptions& options) {
  torch::manual_seed(2);
  return {options, nullptr};
}

/// Images of 6 x 8 bytes whose class is the half that is bright; written as idx.
class Images : public testing::Test {
 protected:
  Images() {
    std::string images = "\0\0\x08\x03\0\0\0\x50\0\0\0\6\0\0\0\x08"s, labels = "\0\0\x08\1\0\0\0\x50"s;
    for (int k = 0; k < 80; ++k) {
      for (int row = 0; row < 6; ++row) {
        for (int column = 0; column < 8; ++column) {
          images += static_cast<char>((k % 2 == 0) == (row < 3) ? 200 + k % 40 : 10 + column);
        }
      }
      labels += static_cast<char>(k % 2 == 0 ? 3 : 5);
    }
    options_ = spirals();
    options_.data = {.format = "idx",
                     .train = {folder_.write("images", images).string(), folder_.write("labels", labels).string()},
                     .validation_fraction = 0.2,
                     .test_fraction = 0.2};
    options_.model.recurrent.hidden_size = 8;
  }
  TemporaryFolder folder_;
  ClassificationOptions options_;
};

void learn(ClassificationExperiment& task, int64_t epochs) {
  torch::optim::Adam adam(task.model().parameters(), torch::optim::AdamOptions(0.01));
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    const int64_t batches = task.start_epoch(epoch);
    task.model().train();
    for (int64_t k = 0; k < batches; ++k) {
      adam.zero_grad();
      task.training_loss(k).backward();
      adam.step();
    }
  }
}

TEST(ClassificationTask, MinimisesTheLossThatItMeasures) {
  auto options = spirals();
  options.trainer.batch_size = 1000;  // an epoch is one batch
  auto task = make(options);
  ASSERT_EQ(task.start_epoch(0), 1);
  EXPECT_NEAR(task.training_loss(0).item<double>(), task.evaluate("train").metrics.at("loss"), 1e-5);
}

TEST(ClassificationTask, CutsABatchIntoPartsOfTheSameGradient) {
  for (const bool balanced : {false, true}) {
    auto options = spirals();
    options.model.loss.balanced = balanced;
    auto task = make(options);
    task.start_epoch(0);
    task.training_loss(1).backward();
    const auto whole = task.model().parameters().front().grad().clone();
    task.model().zero_grad();
    const auto parts = task.training_loss_parts(1, 3);
    ASSERT_EQ(parts.size(), 3u);
    for (const auto& part : parts) part().backward();
    EXPECT_TRUE(task.model().parameters().front().grad().allclose(whole, 1e-4, 1e-6));
  }
}

TEST(ClassificationTask, KeepsABatchWholeForBatchNorm) {
  auto options = spirals();
  options.model.feed_forward.batch_norm = true;
  auto task = make(options);
  task.start_epoch(0);
  EXPECT_EQ(task.training_loss_parts(0, 2).size(), 1u);
  options.trainer.batch_size = 1;
  EXPECT_THAT(message_of<ConfigError>([&] { make(options); }), HasSubstr("trainer.batch_size"));
}

TEST(ClassificationTask, LeavesNoExampleAloneInABatch) {
  auto options = spirals();
  options.data.simulate_examples = 51;  // 41 train
  options.trainer.batch_size = 10;
  auto task = make(options);
  const int64_t batches = task.start_epoch(0);
  int64_t examples = 0;
  for (int64_t k = 0; k < batches; ++k) {
    EXPECT_GT(task.batch_examples(k), 1);
    examples += task.batch_examples(k);
  }
  EXPECT_EQ(examples, task.evaluate("train").examples);
  EXPECT_EQ(examples % 10, 1) << "else this test says nothing";
}

TEST(ClassificationTask, LearnsSpiralsWhereStraightLinesFail) {
  auto task = make(spirals());
  learn(task, 40);
  const auto result = task.evaluate("test");
  EXPECT_GT(result.metrics.at("accuracy"), 0.9);
  EXPECT_LT(result.baselines.at("nearest_mean_accuracy"), 0.75);
  EXPECT_NEAR(result.baselines.at("majority_accuracy"), 1.0 / 3, 0.02);
  EXPECT_TRUE(task.validate().contains("accuracy"));
  EXPECT_THAT(message_of<ConfigError>([&] { task.evaluate("tset"); }), HasSubstr("expected train, validation or test"));
}

TEST(NearestMean, IsRightWhereTheMeanOfTheOwnClassIsNearest) {
  const auto train = at::tensor({0.0f, 2.0f, 10.0f}).view({3, 1}), test = at::tensor({4.0f, 6.0f, 0.0f}).view({3, 1});
  const auto labels = at::tensor({0, 0, 2}, torch::kInt64);
  // Means 1 and 10; class 1 has none.
  EXPECT_NEAR(nearest_mean_accuracy(train, labels, test, at::tensor({0, 2, 1}, torch::kInt64), 3), 2.0 / 3, 1e-12);
  EXPECT_THROW(nearest_mean_accuracy(train, labels, test, labels.narrow(0, 0, 2), 3), ShapeError);
}

TEST_F(Images, AreReadAtOnceOrRowByRow) {
  for (const std::string reads : {"all", "rows"}) {
    options_.model.reads = reads;
    auto task = make(options_);
    learn(task, 10);
    EXPECT_EQ(task.evaluate("test").metrics.at("accuracy"), 1) << reads;
    const auto exported = task.export_torchscript();
    EXPECT_LT(exported.check.difference, exported.check.tolerance);
    EXPECT_FALSE(task.report_sections().empty());
  }
}

TEST_F(Images, VaryInTrainingByTheEpoch) {
  options_.data.augment.shift = 2;
  options_.trainer.batch_size = 100;
  auto task = make(options_);
  task.start_epoch(0);
  const auto first = task.training_loss(0).item<double>();
  EXPECT_EQ(task.training_loss(0).item<double>(), first);
  EXPECT_NE(first, task.evaluate("train").metrics.at("loss"));
  task.start_epoch(1);
  EXPECT_GT(std::abs(task.training_loss(0).item<double>() - first), 1e-6);
}

TEST_F(Images, ArePredictedFromPicturesOfAnySizeAndFromIdx) {
  auto task = make(options_);
  learn(task, 10);
  auto picture = torch::zeros({60, 90, 3}, torch::kUInt8);
  picture.slice(0, 30, 60).fill_(220);  // the lower half: class 5
  write_file_atomically(folder_.path() / "a.png", encode_png(picture));
  const auto said = task.predict({.inputs = {(folder_.path() / "a.png").string(), options_.data.train.front()}});
  ASSERT_EQ(said.at("predictions").size(), 81u);
  EXPECT_EQ(said.at("predictions")[0].at("label"), "5");
  EXPECT_EQ(said.at("predictions")[1].at("label"), "3");
  EXPECT_THAT(said.at("predictions")[2].at("input").get<std::string>(), HasSubstr("images[1]"));
  EXPECT_THAT(task.prediction_text(said, {}), HasSubstr("%  "));
  EXPECT_THAT(message_of<DataError>([&] { task.predict({.inputs = {folder_.write("b.png", "x").string()}}); }),
              HasSubstr("b.png"));
}

TEST(ClassificationTask, PredictsTablesWithoutItsData) {
  const TemporaryFolder folder;
  std::string rows = "x,y,kind\n";
  for (int k = 0; k < 60; ++k) rows += fmt::format("{},{},{}\n", k, k % 7, k < 30 ? "low" : "high");
  auto options = spirals();
  options.data = {.format = "table", .train = {folder.write("mine.csv", rows).string()}, .table = {.label = "kind"}};
  auto task = make(options);
  learn(task, 20);
  const auto request = PredictRequest{.inputs = {folder.write("new.csv", "y,x\n3,2\n3,55\n").string()}};
  const auto expected = task.predict(request);
  EXPECT_EQ(expected.at("predictions")[0].at("label"), "low");
  EXPECT_EQ(expected.at("predictions")[1].at("label"), "high");
  EXPECT_THAT(expected.at("predictions")[1].at("input").get<std::string>(), HasSubstr("new.csv:3"));

  const Checkpoint checkpoint{.pipeline_json = task.pipeline_json(), .model = model_state(task.model())};
  std::filesystem::remove(options.data.train.front());
  ClassificationExperiment again(options, &checkpoint);
  EXPECT_EQ(again.predict(request), expected);
  EXPECT_THROW(again.evaluate("train"), DataError);
  EXPECT_THAT(message_of<DataError>([&] { again.predict({.inputs = {folder.write("b.csv", "y\n3\n").string()}}); }),
              HasSubstr("no column \"x\""));
}

}  // namespace
}  // namespace recur::this_file
