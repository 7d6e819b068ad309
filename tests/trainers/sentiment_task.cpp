// The sentiment task on a user's small table: its loss, and what it needs of the data later.
#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "tests/datasets/temporary_folder.h"
#include "trainers/tasks/sentiment.h"

namespace recur::this_file {
namespace {

using testing::HasSubstr;

class SentimentTask : public testing::Test {
 protected:
  SentimentTask() {
    std::string rows = "text,label\n";
    for (int k = 0; k < 40; ++k) {
      texts_.push_back(fmt::format("{} {} film", k % 4 == 0 ? "dull" : "fine", k));
      rows += fmt::format("{},{}\n", texts_.back(), k % 4 == 0 ? "bad" : "good");
    }
    options_.task = "sentiment";
    options_.device = "cpu";
    options_.data.format = "table";
    options_.data.train = {folder_.write("mine.csv", rows).string()};
    options_.data.validation = options_.data.train;
    options_.data.test_fraction = 0;  // all of it is training
    options_.model.embedding_size = 3;
    options_.model.recurrent.hidden_size = 4;
    options_.trainer.batch_size = 40;  // an epoch is one batch
    torch::manual_seed(2);
  }

  SentimentExperiment make() { return {options_, nullptr, {}}; }

  double training_loss(SentimentExperiment& task) {
    task.start_epoch(0);
    return task.training_loss(0).item<double>();
  }

  /// By its definition: sum of -w_y * sum_c q_c log p_c with q = (1 - s) [c = y] + s / C.  As in torch's, smoothing is
  /// weighed by each class's own weight, and all is divided by the sum of w_y.
  double expected_loss(SentimentExperiment& task, double smoothing, const std::vector<double>& weights) {
    double sum = 0, weight_sum = 0;
    const auto result = task.predict({.inputs = texts_});
    for (const auto& entry : result.at("predictions")) {
      const auto p = entry.at("probabilities").get<std::vector<double>>();
      const size_t y = entry.at("text").get<std::string>().starts_with("fine") ? 1 : 0;  // classes: bad, good
      for (size_t c = 0; c < 2; ++c) {
        sum -= weights[c] * ((c == y ? 1 - smoothing : 0) + smoothing / 2) * std::log(p[c]);
      }
      weight_sum += weights[y];
    }
    return sum / weight_sum;
  }

  TemporaryFolder folder_;
  std::vector<std::string> texts_;
  SentimentOptions options_;
};

TEST_F(SentimentTask, MinimisesTheCrossEntropy) {
  auto task = make();
  EXPECT_NEAR(training_loss(task), expected_loss(task, 0, {1, 1}), 1e-6);
}

TEST_F(SentimentTask, SmoothsLabelsAndWeighsClasses) {
  options_.model.loss.label_smoothing = 0.2;
  options_.model.loss.class_weights = {{"bad", 5}};
  auto task = make();
  EXPECT_NEAR(training_loss(task), expected_loss(task, 0.2, {5, 1}), 1e-6);
}

TEST_F(SentimentTask, BalancesClassesByTheirShareOfTheTrainingSplit) {
  options_.model.loss.balanced = true;
  auto task = make();
  EXPECT_NEAR(training_loss(task), expected_loss(task, 0, {40.0 / 2 / 10, 40.0 / 2 / 30}), 1e-6);
}

TEST_F(SentimentTask, NamesALabelThatIsNotThere) {
  options_.model.loss.class_weights = {{"godd", 2}};
  auto task = make();
  EXPECT_THAT(message_of<ConfigError>([&] { task.start_epoch(0); }), HasSubstr("did you mean \"good\""));
}

TEST_F(SentimentTask, CountsTheTokensThatABatchMayHold) {
  options_.data.batches.max_tokens = 30;  // of texts with three tokens
  auto task = make();
  EXPECT_EQ(task.start_epoch(0), 4);
  EXPECT_EQ(task.batch_examples(0), 10);
}

TEST_F(SentimentTask, PredictsWithoutItsData) {
  auto task = make();
  const auto expected = task.predict({.inputs = texts_});
  Checkpoint checkpoint{.pipeline_json = task.pipeline_json(), .model = model_state(task.model())};
  std::filesystem::remove(options_.data.train.front());
  SentimentExperiment again(options_, &checkpoint, {});
  EXPECT_EQ(again.predict({.inputs = texts_}), expected);
  EXPECT_THROW(again.evaluate("train"), DataError);
}

TEST_F(SentimentTask, RefusesSplitsThatAreEmptyOrUnknown) {
  auto task = make();
  EXPECT_THAT(message_of<DataError>([&] { task.evaluate("test"); }), HasSubstr("the test split holds no text"));
  EXPECT_THAT(message_of<ConfigError>([&] { task.evaluate("tset"); }), HasSubstr("expected train, validation or test"));
}

TEST_F(SentimentTask, StartsFromTheVectorsOfOthersAndKeepsThemIfTold) {
  options_.data.vectors.file = folder_.write("vectors.txt", "film 0.5 -1 2\nfine 1 2 3\n").string();
  for (const bool frozen : {false, true}) {
    options_.data.vectors.frozen = frozen;
    auto task = make();
    const auto weight = task.model().named_parameters()["embedding.weight"];
    EXPECT_EQ(weight.requires_grad(), !frozen);
    const auto row = weight[2].detach();  // the most frequent word: film
    EXPECT_TRUE(row.equal(torch::tensor({0.5f, -1.0f, 2.0f})));
    EXPECT_THAT(task.data_report().back(), HasSubstr("2 of"));
  }
}

}  // namespace
}  // namespace recur::this_file
