// sentencepiece beside LibTorch; tests/interop/text_pipeline.cpp holds the pieces against Python's package.
#include <map>
#include <string>
#include <vector>

#include <ATen/ops/ones.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/special_tokens.h"
#include "datasets/text/pipeline.h"
#include "datasets/text/utf8.h"
#include "temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Sentences of made-up words: enough for pieces, the same every time.
std::vector<std::string> sentences() {
  const std::vector<std::string> stems{"watch", "film", "touch", "act", "direct", "bor", "amaz"};
  const std::vector<std::string> endings{"ing", "ed", "s", "or", ""};
  std::vector<std::string> texts;
  for (size_t i = 0; i < 200; ++i) {
    std::string text;
    for (size_t k = 0; k < 6; ++k) text += stems[(i * i + 3 * k) % 7] + endings[(i + k * k) % 5] + "\n ";
    texts.push_back(text);
  }
  return texts;
}

TextOptions options(const std::string& algorithm, int64_t size) {
  return {.tokenizer = "subword", .subword = {.algorithm = algorithm, .vocabulary_size = size}};
}

class TextSubwords : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "sentencepiece cannot be opened under the address sanitizer";
#endif
  }
};

TEST_P(TextSubwords, LearnsTheSameModelTwice) {
  const auto texts = sentences();
  const auto first = TextPipeline::fit(texts, options(GetParam(), 40));
  EXPECT_EQ(TextPipeline::fit(texts, options(GetParam(), 40)).to_json(), first.to_json());
  const auto again = TextPipeline::from_json(first.to_json());
  EXPECT_EQ(again.to_json(), first.to_json());
  for (const auto& text : texts) EXPECT_EQ(again.encode(text), first.encode(text));
  EXPECT_EQ(at::ones({3}).sum().item<double>(), 3) << "LibTorch is well beside it";
}

TEST_P(TextSubwords, PiecesMakeTheTextAgain) {
  const auto pipeline = TextPipeline::fit(sentences(), options(GetParam(), 40));
  std::string joined;
  for (const auto& piece : pipeline.tokens(" Acting\xC2\xA0 filmed ")) joined += piece;
  EXPECT_EQ(joined,
            "\xE2\x96\x81"
            "acting\xE2\x96\x81"
            "filmed");
  EXPECT_GT(pipeline.tokens("watching").size(), 0u);
  EXPECT_EQ(pipeline.encode("").size(), 1u);
}

TEST_P(TextSubwords, CountsNoPieceThatWasNotLearned) {
  auto texts = sentences();
  std::string rare;  // characters beyond the share of the text that pieces must cover
  append_code_point(rare, 0x1F3AC);
  texts.push_back(rare);
  const auto pipeline = TextPipeline::fit(texts, options(GetParam(), 40));
  EXPECT_LE(pipeline.vocabulary_size(), 40 + 2);
  EXPECT_EQ(pipeline.encode(rare).back(), kUnknownToken);
}

TEST_P(TextSubwords, SaysWhatSizeWouldDo) {
  const auto error = [&](int64_t size) {
    return message_of<ConfigError>([&] { TextPipeline::fit(sentences(), options(GetParam(), size)); });
  };
  EXPECT_THAT(error(100000), AllOf(HasSubstr("subword.vocabulary_size: 100000"), HasSubstr("at most ")));
  EXPECT_THAT(error(8), AllOf(HasSubstr("subword.vocabulary_size: 8"), HasSubstr("at least ")));
  const std::vector<std::string> blank{" ", ""};
  EXPECT_THAT(message_of<Error>([&] { TextPipeline::fit(blank, options(GetParam(), 8)); }), HasSubstr("no words"));
}

TEST_P(TextSubwords, StaysOutsideTorchScript) {
  const auto pipeline = TextPipeline::fit(sentences(), options(GetParam(), 40));
  EXPECT_THAT(pipeline.torchscript_obstacle().value_or(""), HasSubstr("sentencepiece"));
  EXPECT_THAT(message_of<ConfigError>([&] { pipeline.to_torchscript(); }), HasSubstr("sentencepiece"));
  const auto files = pipeline.extra_files();
  EXPECT_EQ(files.size(), 2u);
  EXPECT_EQ(TextPipeline::from_json(files.at("pipeline.json")).extra_files(), files);
  EXPECT_EQ(Subwords::from_model(files.at("sentencepiece.model")).model(), files.at("sentencepiece.model"));
}

TEST_P(TextSubwords, RefusesADamagedModel) {
  EXPECT_THAT(message_of<CheckpointError>([] { Subwords::from_model("nonsense"); }), HasSubstr("sentencepiece model"));
}

INSTANTIATE_TEST_SUITE_P(Algorithms, TextSubwords, testing::Values("unigram", "bpe"));

}  // namespace
}  // namespace recur::this_file
