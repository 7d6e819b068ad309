// A vocabulary that was made elsewhere, e.g. in Python, with the weights of an embedding that goes by its ids.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <torch/types.h>

#include "datasets/text/options.h"

namespace recur {

/// The tokens of a file in the order of their ids, from 0: one a line (Hugging Face's vocab.txt) or, where the file is
/// JSON, an object of tokens and ids or a list of tokens (vocab.json).  UTF-8.
/// @throws DataError naming the file: not UTF-8 or no such JSON; a token that stands twice; an id that no token has.
std::vector<std::string> read_vocabulary(const std::filesystem::path& path);

struct AdoptedVocabulary {
  std::string pipeline_json;             ///< of a TextPipeline
  std::vector<std::string> unreachable;  ///< tokens that data.text makes of no text: those with a capital, say
  int64_t old_size;                      ///< ids there
  std::vector<int64_t> old_ids;          ///< of each id in recur, where padding is 0 and the unknown token 1; -1: none

  /// The rows of a tensor that has one for each old id, in recur's order; zeros where there was none.
  torch::Tensor reorder(const torch::Tensor& rows) const;
};

/// Makes a pipeline of `tokens` and the config's `data.text`.
/// @param tokens   each at the place of its id
/// @param options  the config's
/// @param padding  the token that padding has among `tokens`; "": "<pad>" or "[PAD]", if one of them is there
/// @param unknown  that of unknown tokens; "": "<unk>", "[UNK]" or "<oov>".  May be the padding.
/// @throws ConfigError  where the unknown token (or one that was named) is not among them, or data.text.tokenizer is
///                      subword, whose pieces only sentencepiece's own model knows.
AdoptedVocabulary adopt_vocabulary(const std::vector<std::string>& tokens, const TextOptions& options,
                                   const std::string& padding = "", const std::string& unknown = "");

}  // namespace recur
