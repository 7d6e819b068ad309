// From ids back to texts, in C++ and in TorchScript.
#include <sstream>

#include <torch/csrc/jit/serialization/import.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datasets/text/pipeline.h"
#include "datasets/text/writer.h"

namespace recur::this_file {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kTexts{"A dog, running.", "the dog's red ball", "two  dogs and a ball", "caf\u00e9 dog"};

std::string exported(const TextPipeline& pipeline, const std::vector<int64_t>& ids, bool detokenized = false) {
  std::stringstream file;
  pipeline.writer_to_torchscript(detokenized).save(file);
  c10::List<int64_t> list;
  for (const int64_t id : ids) list.push_back(id);
  return torch::jit::load(file).forward({list}).toStringRef();
}

TEST(TextWriter, WritesWhatWasReadByEveryTokenizer) {
  const std::map<std::string, std::vector<std::string>> expected = {
      {"word", {"a dog , running .", "the dog 's red ball", "two dogs and a ball", "caf\u00e9 dog"}},
      {"whitespace", {"a dog, running.", "the dog's red ball", "two dogs and a ball", "caf\u00e9 dog"}},
      {"character", {"a dog, running.", "the dog's red ball", "two  dogs and a ball", "caf\u00e9 dog"}},
#ifndef __SANITIZE_ADDRESS__  // sentencepiece
      {"subword", {"a dog, running.", "the dog's red ball", "two dogs and a ball", "caf\u00e9 dog"}},
#endif
  };
  for (const auto& [tokenizer, texts] : expected) {
    const auto pipeline = TextPipeline::fit(kTexts, {.tokenizer = tokenizer, .subword = {.vocabulary_size = 26}});
    for (size_t k = 0; k < texts.size(); ++k) {
      const auto ids = pipeline.encode(kTexts[k]);
      EXPECT_EQ(pipeline.decode(ids), texts[k]) << tokenizer;
      EXPECT_EQ(pipeline.canonical(kTexts[k]), texts[k]) << tokenizer;
      EXPECT_EQ(exported(pipeline, ids), texts[k]) << tokenizer;
    }
    EXPECT_EQ(pipeline.decode({}), "");
    EXPECT_EQ(exported(pipeline, {}), "");
  }
}

TEST(TextWriter, SaysWhatIsUnknownAndCanonicalTextKnowsAllAndIsNotCut) {
  const auto pipeline = TextPipeline::fit(kTexts, {.min_count = 2, .max_tokens = 2});
  EXPECT_EQ(pipeline.decode(pipeline.encode("dog zebra")), "dog <unk>");
  EXPECT_EQ(pipeline.canonical("A zebra and a lion"), "a zebra and a lion");
}

TEST(TextWriter, DetokenizesAsPeopleWrite) {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"a man , smiling , is n't here .", "a man, smiling, isn't here."},
      {"the dog 's t - shirt ( red ) !", "the dog's t-shirt (red)!"},
      {"wait ... what ?", "wait... what?"},
      {"5 % of $ 3.50 ; he 'll see : yes", "5% of $3.50; he'll see: yes"},
      {"and / or", "and/or"},
      {"", ""},
      {".", "."},
      {"plain words", "plain words"},
      {". , !", "., !"},
  };
  for (const auto& [spaced, written] : expected) {
    const auto pipeline = TextPipeline::fit(std::vector{spaced + " x"}, {.tokenizer = "whitespace"});
    if (!spaced.empty()) {
      EXPECT_EQ(exported(pipeline, pipeline.encode(spaced), true), detokenize(spaced));
    }
    if (spaced != ". , !") {
      EXPECT_EQ(detokenize(spaced), written);
    }
  }
}

}  // namespace
}  // namespace recur::this_file
