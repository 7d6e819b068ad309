// Vocabularies that others made keep their tokens, whatever ids their padding and their unknown token have.
#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/text/adopted_vocabulary.h"
#include "datasets/text/pipeline.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Tokens = std::vector<std::string>;

Tokens read(const std::string& content) {
  const TemporaryFolder folder;
  return read_vocabulary(folder.write("vocab", content));
}

std::string refusal(const std::string& content) {
  const auto message = message_of<DataError>([&] { read(content); });
  EXPECT_THAT(message, HasSubstr("/vocab"));
  return message;
}

TEST(ReadVocabulary, LinesAndJsonAreOne) {
  const Tokens expected{"<pad>", "<unk>", "film", "\u00fc"};
  EXPECT_EQ(read("<pad>\n<unk>\nfilm\n\u00fc\n"), expected);
  EXPECT_EQ(read("<pad>\r\n<unk>\r\nfilm\r\n\u00fc"), expected);
  EXPECT_EQ(read(R"({"film": 2, "<pad>": 0, "<unk>": 1, "\u00fc": 3})"), expected);
  EXPECT_EQ(read(R"(["<pad>", "<unk>", "film", "\u00fc"])"), expected);
  EXPECT_EQ(read("[PAD]\n[UNK]\n[\n"), (Tokens{"[PAD]", "[UNK]", "["}));
}

TEST(ReadVocabulary, IdsThatAreNoneAreRefused) {
  EXPECT_THAT(refusal("a\nb\na\n"), HasSubstr("\"a\" is the token of the ids 0 and 2"));
  EXPECT_THAT(refusal(R"({"a": 0, "b": 2})"), HasSubstr("\"b\" has the id 2, expected one from 0 to 1"));
  EXPECT_THAT(refusal(R"({"a": 0, "b": 0})"), HasSubstr("have the id 0"));
  EXPECT_THAT(refusal(R"({"a": 0, "b": -1})"), HasSubstr("has the id -1"));
  EXPECT_THAT(refusal(R"({"a": "0"})"), HasSubstr("has the id \"0\""));
  EXPECT_THAT(refusal("a\n\xff\n"), HasSubstr("2"));
  EXPECT_THROW(read_vocabulary("absent"), DataError);
}

TEST(AdoptVocabulary, PaddingAndUnknownMoveToTheirPlaces) {
  const auto adopted = adopt_vocabulary({"a", "<unk>", "b", "[PAD]", "c"}, {.tokenizer = "whitespace"});
  EXPECT_THAT(adopted.old_ids, ElementsAre(3, 1, 0, 2, 4));
  const auto pipeline = TextPipeline::from_json(adopted.pipeline_json);
  EXPECT_EQ(pipeline.vocabulary_size(), 5);
  EXPECT_EQ(pipeline.options().tokenizer, "whitespace");
  // Each token's row is the one that it had.
  const auto rows = adopted.reorder(at::arange(5, torch::kFloat32).unsqueeze(1)).squeeze(1);
  EXPECT_TRUE(
      rows.index_select(0, torch::tensor(pipeline.encode("a b c x"))).equal(torch::tensor({0.F, 2.F, 4.F, 1.F})));
}

TEST(AdoptVocabulary, PaddingMayBeAbsentOrBeTheUnknownToken) {
  const auto rows = at::arange(1, 4, torch::kFloat32);
  const auto absent = adopt_vocabulary({"a", "<oov>", "b"}, {});
  EXPECT_TRUE(absent.reorder(rows).equal(torch::tensor({0.F, 2.F, 1.F, 3.F})));
  const auto both = adopt_vocabulary({"<pad>", "a", "b"}, {}, "", "<pad>");
  EXPECT_TRUE(both.reorder(rows).equal(torch::tensor({1.F, 1.F, 2.F, 3.F})));
  EXPECT_EQ(TextPipeline::from_json(both.pipeline_json).vocabulary_size(), 4);
}

TEST(AdoptVocabulary, WhatNobodyCouldGuessIsAskedFor) {
  EXPECT_THROW(adopt_vocabulary({"a", "b"}, {}), ConfigError);
  EXPECT_THROW(adopt_vocabulary({"a", "<unk>"}, {}, "<none>"), ConfigError);
  EXPECT_THROW(adopt_vocabulary({"a", "<unk>"}, {}, "", "<none>"), ConfigError);
  EXPECT_THROW(adopt_vocabulary({"<pad>", "<unk>"}, {.tokenizer = "subword"}), ConfigError);
}

TEST(AdoptVocabulary, TokensThatNoTextHasAreTold) {
  EXPECT_THAT(adopt_vocabulary({"<pad>", "<unk>", "fine", "Loud", "two words"}, {}).unreachable,
              ElementsAre("Loud", "two words"));
  EXPECT_THAT(adopt_vocabulary({"<unk>", "Loud"}, {.lowercase = false}).unreachable, ElementsAre());
}

}  // namespace
}  // namespace recur::this_file
