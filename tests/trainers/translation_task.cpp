// The translation task on small data: its loss, its searches, and what it needs of the data later.
#include <cmath>
#include <filesystem>

#include <torch/optim/adam.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "models/search/search.h"
#include "tests/datasets/temporary_folder.h"
#include "trainers/tasks/taught_sentences.h"
#include "trainers/tasks/translation.h"

namespace recur::this_file {
namespace {

using testing::Contains;
using testing::HasSubstr;

class TranslationTask : public testing::Test {
 protected:
  TranslationTask() {
    options_.task = "translation";
    options_.device = "cpu";
    options_.data.format = "tsv";
    options_.data.train = folder_.write("pairs.tsv", pairs()).string();
    options_.data.validation = options_.data.test = options_.data.train;
    options_.model.encoder = {.embedding_size = 8, .dropout = 0, .recurrent = {.cell = "gru", .hidden_size = 8}};
    options_.model.decoder = {.embedding_size = 8,
                              .recurrent = {.cell = "gru", .hidden_size = 16},
                              .attention_size = 8,
                              .output = "tanh",
                              .dropout = 0};
    options_.model.search.max_length = 8;
    options_.trainer.batch_size = 9;  // an epoch is one batch
    torch::manual_seed(2);
  }

  /// Colours before things, and things before colours.
  static std::string pairs() {
    std::string rows;
    for (const auto& [colour, farbe] : {std::pair{"red", "rot"}, {"blue", "blau"}, {"green", "gruen"}}) {
      for (const auto& [thing, ding] : {std::pair{"ball", "Ball"}, {"hat", "Hut"}, {"dog", "Hund"}}) {
        rows += std::string(colour) + " " + thing + "\t" + ding + " , " + farbe + " !\n";
      }
    }
    return rows;
  }

  TranslationExperiment make() { return {options_, nullptr, {}}; }

  /// Minimises the loss until the nine sentences are known.
  static void learn(TranslationExperiment& task) {
    torch::optim::Adam adam(task.model().parameters(), 0.02);
    task.model().train();
    for (int64_t epoch = 0; epoch < 200; ++epoch) {
      task.start_epoch(epoch);
      adam.zero_grad();
      task.training_loss(0).backward();
      adam.step();
    }
  }

  TemporaryFolder folder_;
  TranslationOptions options_;
};

TEST_F(TranslationTask, MinimisesTheCrossEntropyOfAllTokens) {
  auto task = make();
  task.start_epoch(0);
  const double loss = task.training_loss(0).item<double>();
  const auto metrics = task.validate();
  EXPECT_NEAR(loss, metrics.at("loss"), 1e-5);  // the same nine sentences, without dropout
  EXPECT_NEAR(metrics.at("perplexity"), std::exp(metrics.at("loss")), 1e-9);
}

TEST_F(TranslationTask, LearnsToSwapWordsAndSaysSoInEveryWay) {
  auto task = make();
  learn(task);
  const auto evaluation = task.evaluate("test");
  EXPECT_EQ(evaluation.examples, 9);
  EXPECT_EQ(evaluation.metrics.at("exact_match"), 0);  // lower case, and without the blanks before , and !
  EXPECT_GT(evaluation.metrics.at("bleu_tokens"), 99.9);
  EXPECT_EQ(evaluation.baselines.at("copied_source_exact_match"), 0);
  EXPECT_THAT(evaluation.details_text, HasSubstr("tok:13a"));

  const auto entry = task.predict({.inputs = {"blue hat"}}).at("predictions")[0];
  EXPECT_EQ(entry.at("translation"), "hut, blau!");
  EXPECT_EQ(entry.at("cut_off"), false);
  const auto best = task.predict({.inputs = {"blue hat", "red dog"}, .n_best = 3}).at("predictions");
  EXPECT_EQ(best[1].at("translation"), "hund, rot!");
  ASSERT_EQ(best[0].at("n_best").size(), 3);
  EXPECT_EQ(best[0].at("n_best")[0].at("translation"), "hut, blau!");
  EXPECT_GT(best[0].at("n_best")[0].at("score"), best[0].at("n_best")[1].at("score"));
  torch::manual_seed(1);
  const auto drawn =
      task.predict({.inputs = {"blue hat"}, .sampling = SamplingOptions{.temperature = 0.1}}).at("predictions");
  EXPECT_EQ(drawn[0].at("translation"), "hut, blau!");
  EXPECT_EQ(task.prediction_text(task.predict({.inputs = {"red ball"}}), {}), "ball, rot!\n");
}

TEST_F(TranslationTask, ShowsWhereItLooked) {
  auto task = make();
  learn(task);
  const auto sections = task.report_sections();
  ASSERT_EQ(sections.size(), 2U);
  EXPECT_THAT(sections[0].html, HasSubstr("hund, rot!"));
  EXPECT_THAT(sections[1].html, HasSubstr("<svg"));
  options_.model.source = "initial_state";
  EXPECT_EQ(make().report_sections().size(), 1U);
}

TEST_F(TranslationTask, ExportsWhatItSays) {
  auto task = make();
  learn(task);
  auto exported = task.export_torchscript();
  EXPECT_GT(exported.check.outputs, 9 * 5);
  EXPECT_LT(exported.check.difference, 1e-5);
  const c10::List<std::string> texts({"green dog", "red hat"});
  for (const int64_t width : {1, 3}) {
    const auto said = exported.module.get_method("predict")({texts, width});
    EXPECT_EQ(said.toListRef()[0].toStringRef(), "hund, gruen!");
    EXPECT_EQ(said.toListRef()[1].toStringRef(), "hut, rot!");
  }
}

// What a hardly trained one writes does not end, and rounding decides what it is: an export is held to its likelihood.
TEST_F(TranslationTask, ASentenceThatIsCutOffIsAsLikelyAsTheSearchSays) {
  options_.model.search.max_length = 3;
  auto task = make();
  auto& model = dynamic_cast<TranslatorImpl&>(task.model());
  model.eval();
  const torch::NoGradGuard no_grad;
  int64_t cut_off = 0;
  for (int64_t word = 2; word < 8; ++word) {
    const auto start = model.start(at::full({1, 2}, word, at::kLong), at::full({1}, 2, at::kLong));
    const auto best = best_of_search(model.decoding(start), options_.model.search).front();
    const auto taught = best.ended ? taught_sentences({best.tokens}) : taught_beginning(best.tokens);
    cut_off += !best.ended;
    EXPECT_EQ(!best.ended, best.tokens.size() == 3);
    const auto decoded = model.forward(start, taught.read, taught.lengths);
    EXPECT_NEAR(sentence_log_probabilities(decoded, taught).item<double>(), best.log_probability, 1e-5);
  }
  EXPECT_GT(cut_off, 0);
}

TEST_F(TranslationTask, HasOneVocabularyForBothLanguagesIfTold) {
  options_.data.joint_vocabulary = true;
  options_.model.share_embeddings = true;
  auto task = make();
  const auto weights = task.model().named_parameters()["decoder.embedding.weight"];
  EXPECT_EQ(weights.size(0), 2 + 11 + 2);  // eleven words, one of them in both languages; , and !
  Checkpoint checkpoint{.pipeline_json = task.pipeline_json(), .model = model_state(task.model())};
  TranslationExperiment again(options_, &checkpoint, {});
  EXPECT_EQ(again.predict({.inputs = {"red ball"}}), task.predict({.inputs = {"red ball"}}));
}

TEST_F(TranslationTask, PredictsWithoutItsData) {
  auto task = make();
  const auto expected = task.predict({.inputs = {"red ball", "", "yellow"}});
  Checkpoint checkpoint{.pipeline_json = task.pipeline_json(), .model = model_state(task.model())};
  std::filesystem::remove(options_.data.train);
  TranslationExperiment again(options_, &checkpoint, {});
  EXPECT_EQ(again.predict({.inputs = {"red ball", "", "yellow"}}), expected);
  EXPECT_THROW(again.evaluate("train"), DataError);
}

TEST_F(TranslationTask, ReportsItsVocabulariesAndWhatIsTooLong) {
  options_.model.search.max_length = 3;
  auto task = make();
  const auto report = task.data_report();
  EXPECT_THAT(report, Contains(HasSubstr("pairs: 9 train, 9 validation, 9 test")));
  EXPECT_THAT(report, Contains(HasSubstr("target: vocabulary of 10 (word), 0.00 % of the training tokens unknown")));
  EXPECT_THAT(report, Contains(HasSubstr("model.search.max_length=3 cuts")));
}

TEST_F(TranslationTask, RefusesVocabulariesThatCannotBeShared) {
  options_.model.share_embeddings = true;
  EXPECT_THAT(message_of<ConfigError>([&] { make(); }), HasSubstr("it takes one for both"));
}

}  // namespace
}  // namespace recur::this_file
