// The TorchScript of a pipeline gives the pipeline's own ids; tests/interop/text_pipeline.cpp runs it in Python.
#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <ATen/core/List.h>
#include <ATen/ops/equal.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/special_tokens.h"
#include "datasets/text/pipeline.h"
#include "datasets/text/utf8.h"

namespace recur::this_file {
namespace {

std::vector<std::vector<int64_t>> run(torch::jit::Module& module, const std::vector<std::string>& texts) {
  const auto outputs = module.forward({c10::List<std::string>(texts)}).toTuple();
  const torch::Tensor ids = outputs->elements()[0].toTensor(), lengths = outputs->elements()[1].toTensor();
  EXPECT_EQ(ids.scalar_type(), torch::kInt64);
  EXPECT_EQ(lengths.scalar_type(), torch::kInt64);
  std::vector<std::vector<int64_t>> rows;
  for (int64_t i = 0; i < static_cast<int64_t>(texts.size()); ++i) {
    const auto length = lengths[i].item<int64_t>();
    const auto row = ids[i].contiguous();
    const auto* values = row.data_ptr<int64_t>();
    EXPECT_TRUE(std::all_of(values + length, values + row.numel(), [](int64_t id) { return id == kPadToken; }));
    rows.emplace_back(values, values + length);
  }
  return rows;
}

/// Texts of what is hard: contractions, breaks, marks that reorder, Hangul in parts, case without a lower one, blanks.
std::vector<std::string> random_texts(size_t count) {
  const std::vector<std::pair<int32_t, int32_t>> ranges{
      {0x20, 0x7E},     {0x00, 0x7F},     {0xA0, 0x24F},      {0x300, 0x36F},     {0x370, 0x58F},     {0x591, 0x6FF},
      {0x900, 0xDFF},   {0x1100, 0x11FF}, {0x1E00, 0x24FF},   {0x2000, 0x206F},   {0x3000, 0x30FF},   {0xAC00, 0xD7A3},
      {0xF900, 0xFAFF}, {0xFB00, 0xFFFD}, {0x1D15E, 0x1D1C0}, {0x1F300, 0x1F6FF}, {0x10000, 0x10FFFF}};
  const std::vector<std::string> snippets{
      "don't", "it\xE2\x80\x99s", "<br />",   "<BR/>",        "<br", "1,000.5", "...", "'s", "N'T",
      " ",     "i\xCC\x87",       "\xC4\xB0", "\xE2\x80\x8D", "film"};
  std::mt19937 random(4);
  std::vector<std::string> texts{"", " ", "plain", "<br>"};
  while (texts.size() < count) {
    const auto [low, high] = ranges[random() % ranges.size()];
    std::string text;
    for (auto length = random() % 12; length > 0; --length) {
      if (random() % 3 == 0) {
        text += snippets[random() % snippets.size()];
        continue;
      }
      const auto c = low + static_cast<int32_t>(random() % static_cast<uint32_t>(high - low + 1));
      append_code_point(text, c);
    }
    texts.push_back(text);
  }
  return texts;
}

class TextTorchScriptOptions : public testing::TestWithParam<std::tuple<std::string, std::string, bool>> {};

TEST_P(TextTorchScriptOptions, GivesTheSameIds) {
  const auto& [tokenizer, normalization, lowercase] = GetParam();
  const auto texts = random_texts(2000);
  const auto pipeline = TextPipeline::fit(
      texts, {.normalization = normalization, .lowercase = lowercase, .tokenizer = tokenizer, .max_tokens = 9});
  auto module = pipeline.to_torchscript();
  const auto rows = run(module, texts);
  for (size_t i = 0; i < texts.size(); ++i) ASSERT_EQ(rows[i], pipeline.encode(texts[i])) << texts[i];
}

std::string name_of_options(const testing::TestParamInfo<TextTorchScriptOptions::ParamType>& info) {
  const auto& [tokenizer, normalization, lowercase] = info.param;
  return tokenizer + "_" + normalization + (lowercase ? "_lower_case" : "");
}

INSTANTIATE_TEST_SUITE_P(Every, TextTorchScriptOptions,
                         testing::Combine(testing::Values("whitespace", "word", "character"),
                                          testing::Values("none", "nfc", "nfkc"), testing::Bool()),
                         name_of_options);

TEST(TextTorchScript, TruncatesAndLeavesBreaksAsTheOptionsSay) {
  const std::vector<std::string> texts{"one two<br>three four", "five"};
  for (const char* keep : {"first", "last"}) {
    for (const bool html_breaks : {true, false}) {
      const auto pipeline = TextPipeline::fit(texts, {.html_breaks = html_breaks, .max_tokens = 3, .keep = keep});
      auto module = pipeline.to_torchscript();
      EXPECT_THAT(run(module, texts), testing::ElementsAre(pipeline.encode(texts[0]), pipeline.encode(texts[1])));
    }
  }
}

TEST(TextTorchScript, TakesNoTextsAtAll) {
  auto module = TextPipeline::fit(std::vector<std::string>{"a"}, {}).to_torchscript();
  const auto outputs = module.forward({c10::List<std::string>()}).toTuple();
  EXPECT_EQ(outputs->elements()[0].toTensor().sizes(), (std::vector<int64_t>{0, 0}));
  EXPECT_EQ(outputs->elements()[1].toTensor().sizes(), (std::vector<int64_t>{0}));
}

TEST(TextTorchScript, KnowsNoPaddingInATextAndSurvivesOtherBytes) {
  const std::vector<std::string> texts{"<pad> <unk> a"};
  auto module = TextPipeline::fit(texts, {.tokenizer = "whitespace"}).to_torchscript();
  EXPECT_THAT(run(module, texts), testing::ElementsAre(testing::ElementsAre(1, 1, 2)));
  EXPECT_NO_THROW(run(module, {"\xFF\x80\xC3", "a\xE2\x82"}));
}

}  // namespace
}  // namespace recur::this_file
