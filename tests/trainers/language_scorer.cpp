// The scorer of a CTC search against its language model read from the beginning of each text.
#include "trainers/tasks/language_scorer.h"

#include <ATen/ops/log_softmax.h>
#include <ATen/ops/tensor.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/trainers/log_folder.h"
#include "trainers/checkpoint.h"
#include "trainers/tasks/language.h"

namespace recur::this_file {
namespace {

using testing::HasSubstr;

constexpr const char* kConfig =
    "task: language\nmodel: {embedding_size: 4, recurrent: {hidden_size: 6, num_layers: 2}}\n";

class LanguageScorerTest : public testing::Test {
 protected:
  LanguageScorerTest() {
    torch::manual_seed(1);
    model_ = LanguageModel(pipeline_.vocabulary_size(),
                           LanguageModelOptions{.embedding_size = 4, .recurrent = {.hidden_size = 6, .num_layers = 2}});
    model_->eval();
    write("language", kConfig);
  }

  void write(const std::string& run, const std::string& config) {
    write_checkpoint(folder_.path() / run / "checkpoints" / "best.pt",
                     {.config_yaml = config,
                      .pipeline_json = "{\"text\": " + pipeline_.to_json() + "}",
                      .step = 1,
                      .epoch = 0,
                      .metrics = {},
                      .model = model_state(*model_)});
  }
  std::unique_ptr<PrefixScorer> scorer(const std::string& run = "language",
                                       const std::string& tokenizer = "character") {
    return language_scorer((folder_.path() / run).string(), heard_.vocabulary(), tokenizer);
  }

  /// log p(token | line end, prefix), all read at once.
  double by_the_model(const std::string& prefix, const std::string& token) {
    torch::NoGradGuard no_grad;
    std::vector<int64_t> ids = {pipeline_.vocabulary().id("\n")};
    for (const char c : prefix) ids.push_back(pipeline_.vocabulary().id(std::string(1, c)));
    const auto said = model_->forward(at::tensor(ids, torch::kInt64).unsqueeze(0), model_->begin(1));
    return at::log_softmax(said.logits[0][-1], 0)[pipeline_.vocabulary().id(token)].item<double>();
  }
  int64_t heard(const std::string& token) const { return heard_.vocabulary().id(token); }

  LogFolder folder_;
  // The transcriber has other ids than the language model, and a letter that this does not know.
  TextPipeline pipeline_ = TextPipeline::fit(std::vector<std::string>{"abab\nba\ncc\n"},
                                             {.lowercase = false, .html_breaks = false, .tokenizer = "character"});
  TextPipeline heard_ = TextPipeline::fit(std::vector<std::string>{"ccccbbbaad"}, {.tokenizer = "character"});
  LanguageModel model_ = nullptr;
};

TEST_F(LanguageScorerTest, SaysOfEveryPrefixWhatTheModelSays) {
  const auto scorer = this->scorer();
  const auto empty = scorer->begin();
  for (const auto* token : {"a", "b", "c"}) {
    EXPECT_NEAR(scorer->log_probability(empty, heard(token)), by_the_model("", token), 1e-5) << token;
  }
  const std::vector<PrefixScorer::Step> first = {{empty, heard("a")}, {empty, heard("b")}};
  const auto one = scorer->extend(first);
  const std::vector<PrefixScorer::Step> second = {{one[1], heard("c")}, {one[0], heard("b")}, {one[0], heard("a")}};
  const auto two = scorer->extend(second);
  const std::array<std::string, 3> prefixes{"bc", "ab", "aa"};
  for (size_t k = 0; k < prefixes.size(); ++k) {
    for (const auto* token : {"a", "b", "c"}) {
      EXPECT_NEAR(scorer->log_probability(two[k], heard(token)), by_the_model(prefixes[k], token), 1e-5);
    }
    EXPECT_NEAR(scorer->log_probability_of_end(two[k]), by_the_model(prefixes[k], "\n"), 1e-5);
  }
  EXPECT_NEAR(scorer->log_probability(one[0], heard("d")), by_the_model("a", "unknown"), 1e-5);
}

TEST_F(LanguageScorerTest, RefusesWhatIsNoLanguageModelOfTheseTokens) {
  EXPECT_THROW(scorer("nowhere"), Error);
  EXPECT_THROW(scorer("language", "word"), ConfigError);
  write("other", "task: memory\n");
  EXPECT_THROW(scorer("other"), ConfigError);
}

}  // namespace
}  // namespace recur::this_file
