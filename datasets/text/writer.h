// The way back: from tokens to a text.
#pragma once

#include <span>
#include <string>

#include <torch/csrc/jit/api/module.h>

#include "datasets/text/vocabulary.h"

namespace recur {

/// The text that tokens make: words with a blank between them, characters and subwords with none (a subword brings its
/// own: U+2581 is a blank, but none stands at the text's begin).  `tokenizer` is TextOptions::tokenizer.
std::string join_tokens(std::span<const std::string> tokens, const std::string& tokenizer);

/// What join_tokens() made of words and punctuation, as people write it: "do n't stop , t - shirt !" becomes "don't
/// stop, t-shirt!".  By rule, and so wrong where the rule is: quotes stay between blanks, a dash between two words is
/// joined.
std::string detokenize(std::string text);

/// A module with forward(ids: List[int]) -> str: join_tokens() of the vocabulary's tokens; with
/// `detokenized`, detokenize() of that.
torch::jit::Module text_writer_to_torchscript(const Vocabulary& vocabulary, const std::string& tokenizer,
                                              bool detokenized = false);

}  // namespace recur
