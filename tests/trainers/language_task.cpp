// The language task on a small text: streams, carried state, exact evaluation, generation.
#include <cmath>

#include <ATen/ops/log_softmax.h>
#include <torch/optim/adam.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "tests/datasets/temporary_folder.h"
#include "trainers/tasks/language.h"

namespace recur::this_file {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

class LanguageTask : public testing::Test {
 protected:
  LanguageTask() {
    std::string text;
    for (int k = 0; k < 60; ++k) text += "abcd abdc\n";
    options_.task = "language";
    options_.device = "cpu";
    options_.data.format = "text";
    options_.data.train = folder_.write("text.txt", text).string();
    options_.data.validation_fraction = 0.2;
    options_.data.bptt = 7;
    options_.model = {.embedding_size = 6, .recurrent = {.cell = "lstm", .hidden_size = 16}};
    options_.trainer.batch_size = 4;
    torch::manual_seed(2);
  }

  LanguageExperiment make() { return {options_, nullptr, {}}; }

  static void learn(LanguageExperiment& task) {
    torch::optim::Adam adam(task.model().parameters(), 0.02);
    for (int64_t epoch = 0; epoch < 12; ++epoch) {
      const int64_t windows = task.start_epoch(epoch);
      task.model().train();
      for (int64_t index = 0; index < windows; ++index) {
        adam.zero_grad();
        task.training_loss(index).backward();
        adam.step();
      }
    }
  }

  TemporaryFolder folder_;
  LanguageOptions options_;
};

/// The mean of -log p over a text, one token at a time from a state of zeros.
double step_by_step(LanguageExperiment& task, const std::string& text, const std::string& alphabet) {
  torch::NoGradGuard no_grad;
  auto& model = dynamic_cast<LanguageModelImpl&>(task.model());
  const auto id = [&](char c) { return static_cast<int64_t>(alphabet.find(c)) + 2; };
  auto state = model.begin(1);
  double sum = 0;
  for (size_t t = 0; t + 1 < text.size(); ++t) {
    const auto next = model.decoder->step(torch::tensor({id(text[t])}), state);
    sum -= at::log_softmax(next.logits, 1)[0][id(text[t + 1])].item<double>();
    state = next.state;
  }
  return sum / static_cast<double>(text.size() - 1);
}

TEST_F(LanguageTask, MeasuresEveryTokenButTheFirstInOneStream) {
  auto task = make();
  const auto measured = task.evaluate("validation");
  EXPECT_EQ(measured.examples, 120);
  std::string text;
  for (int k = 0; k < 12; ++k) text += "abcd abdc\n";
  // By count, and of those that are as frequent by their bytes.
  EXPECT_NEAR(measured.metrics.at("nats_per_token"), step_by_step(task, text, "abcd\n "), 1e-5);
  EXPECT_NEAR(measured.metrics.at("perplexity"), std::exp(measured.metrics.at("nats_per_token")), 1e-9);
  EXPECT_NEAR(measured.metrics.at("bits_per_character"), measured.metrics.at("nats_per_token") / std::log(2), 1e-9);
  EXPECT_GT(measured.baselines.at("unigram_nats_per_token"), measured.baselines.at("trigram_nats_per_token"));
}

TEST_F(LanguageTask, CarriesTheStateFromWindowToWindow) {
  auto task = make();
  const int64_t windows = task.start_epoch(0);
  task.model().eval();
  torch::NoGradGuard no_grad;
  double sum = 0;
  int64_t tokens = 0;
  for (int64_t index = 0; index < windows; ++index) {
    const auto count = task.batch_examples(index);
    sum += task.training_loss(index).item<double>() * static_cast<double>(count);
    tokens += count;
  }
  EXPECT_EQ(tokens, 4 * (480 / 4 - 1));
  // The same four parts, each read as a whole.
  std::string text;
  for (int k = 0; k < 48; ++k) text += "abcd abdc\n";
  double expected = 0;
  for (size_t b = 0; b < 4; ++b) expected += step_by_step(task, text.substr(b * 120, 120), "abcd\n ") / 4;
  EXPECT_NEAR(sum / static_cast<double>(tokens), expected, 1e-5);
}

TEST_F(LanguageTask, GoesOnFromASavedState) {
  auto task = make();
  task.start_epoch(0);
  for (int64_t index = 0; index < 3; ++index) task.training_loss(index);
  const auto saved = task.carried_state();
  EXPECT_EQ(saved.size(), 2U);
  const double next = task.training_loss(3).item<double>();
  task.start_epoch(0);
  task.restore_carried_state(saved);
  EXPECT_EQ(task.training_loss(3).item<double>(), next);
  task.start_epoch(0);
  EXPECT_NE(task.training_loss(3).item<double>(), next);
}

TEST_F(LanguageTask, LearnsWhatMustBeRememberedAndWritesIt) {
  auto task = make();
  learn(task);
  const auto measured = task.evaluate("validation");
  // What follows "ab" and "d" can only be told by what stands further back than a pair.
  EXPECT_LT(measured.metrics.at("nats_per_token"), 0.05);
  EXPECT_LT(measured.metrics.at("nats_per_token"), measured.baselines.at("bigram_nats_per_token"));
  torch::manual_seed(1);
  std::string told;
  const PredictRequest request{.inputs = {"abcd"},
                               .sampling = SamplingOptions{.temperature = 0.2},
                               .length = 16,
                               .told = [&](const std::string& text) { told += text; }};
  const auto entry = task.predict(request).at("predictions")[0];
  EXPECT_EQ(entry.at("text"), " abdc\nabcd abdc\n");
  EXPECT_EQ(told, "abcd abdc\nabcd abdc\n\n");
  EXPECT_THAT(
      task.predict({.inputs = {}, .sampling = SamplingOptions{.temperature = 0.2}}).at("predictions")[0].at("text"),
      testing::ResultOf([](const nlohmann::json& text) { return text.get<std::string>(); }, StartsWith("abcd abdc\n")));
}

TEST_F(LanguageTask, ExportsWhatItSays) {
  options_.model.tie_embeddings = true;
  auto task = make();
  learn(task);
  auto exported = task.export_torchscript();
  EXPECT_GT(exported.check.outputs, 119);
  EXPECT_LT(exported.check.difference, 1e-5);
  const auto text = exported.module.get_method("generate")({"abdc\n", 9, 0.0}).toStringRef();
  EXPECT_EQ(text, "abcd abdc");
}

TEST_F(LanguageTask, NeedsNoDataToGoOn) {
  auto task = make();
  torch::manual_seed(3);
  const auto expected = task.predict({.inputs = {"ab"}, .length = 20});
  Checkpoint checkpoint{.pipeline_json = task.pipeline_json(), .model = model_state(task.model())};
  std::filesystem::remove(options_.data.train);
  LanguageExperiment again(options_, &checkpoint, {});
  torch::manual_seed(3);
  EXPECT_EQ(again.predict({.inputs = {"ab"}, .length = 20}), expected);
}

TEST_F(LanguageTask, RefusesSplitsThatAreEmptyOrUnknown) {
  auto task = make();
  EXPECT_THAT(message_of<DataError>([&] { task.evaluate("test"); }), HasSubstr("the test split holds no text"));
  EXPECT_THAT(message_of<ConfigError>([&] { task.evaluate("tset"); }), HasSubstr("expected train, validation or test"));
  EXPECT_THAT(task.data_report(), Contains(HasSubstr("4 streams of 120 tokens")));
}

}  // namespace
}  // namespace recur::this_file
