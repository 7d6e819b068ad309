// What a config says about how text becomes tokens and ids.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "core/options.h"

namespace recur {

struct SubwordOptions {
  std::string algorithm = "unigram";
  int64_t vocabulary_size = 8000;

  static constexpr auto fields() {
    using S = SubwordOptions;
    return std::tuple{
        field("algorithm", &S::algorithm, "how sentencepiece finds the pieces", one_of("unigram", "bpe")),
        field("vocabulary_size", &S::vocabulary_size, "pieces that are learned from the training texts", at_least(8)),
    };
  }
};

struct TextOptions {
  std::string normalization = "nfc";
  bool lowercase = true;
  bool html_breaks = true;
  std::string tokenizer = "word";
  int64_t min_count = 1;
  std::optional<int64_t> max_vocabulary = std::nullopt;
  SubwordOptions subword = {};
  std::optional<int64_t> max_tokens = std::nullopt;
  std::string keep = "first";

  static constexpr auto fields() {
    using S = TextOptions;
    return std::tuple{
        field("normalization", &S::normalization, "Unicode normalization form", one_of("none", "nfc", "nfkc")),
        field("lowercase", &S::lowercase, "lower case, code point by code point"),
        field("html_breaks", &S::html_breaks, "read <br>, <br/> and <br /> as a blank"),
        field("tokenizer", &S::tokenizer,
              "what becomes one token: what stands between blanks, words and punctuation "
              "by rule, characters, or pieces that sentencepiece learns (these do not go into an export)",
              one_of("whitespace", "word", "character", "subword")),
        field("min_count", &S::min_count, "tokens rarer than this in the training texts are unknown", at_least(1)),
        field("max_vocabulary", &S::max_vocabulary, "most tokens that are known, the frequent ones first; null: all",
              at_least(1)),
        field("subword", &S::subword, "the pieces of the tokenizer subword"),
        field("max_tokens", &S::max_tokens, "tokens that are kept of a longer text; null: all", at_least(1)),
        field("keep", &S::keep, "which tokens of a longer text are kept", one_of("first", "last")),
    };
  }
};

}  // namespace recur
