// From raw texts to ids: normalization, tokenizer, truncation, vocabulary.  Fitted on the training split only; saved
// with the model as JSON; exported with it as TorchScript where that is possible.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <torch/csrc/jit/api/module.h>

#include "datasets/text/options.h"
#include "datasets/text/subwords.h"
#include "datasets/text/vocabulary.h"

namespace recur {

class TextPipeline {
 public:
  /// Learns subwords, if the options ask for them, and counts the tokens that truncation leaves of the texts, which are
  /// UTF-8.
  /// @throws ConfigError if a subword vocabulary of that size cannot be learned, DataError for no texts at all or bytes
  ///   that are not UTF-8.
  static TextPipeline fit(std::span<const std::string> texts, const TextOptions& options);

  /// Normalized, tokenized and truncated.  @throws DataError if the text is not UTF-8.
  std::vector<std::string> tokens(const std::string& text) const;
  /// The ids of tokens(); one unknown token if there is none.  @throws DataError if the text is not UTF-8.
  std::vector<int64_t> encode(const std::string& text) const;

  /// The text that ids make (writer.h); an unknown token reads "<unk>".  @throws std::out_of_range
  std::string decode(std::span<const int64_t> ids) const;
  /// `text` as decode() would write it if every token were known and none cut off: what a written text is compared
  /// with.
  /// @throws DataError if the text is not UTF-8.
  std::string canonical(const std::string& text) const;

  /// Ids, padding and unknown among them.
  int64_t vocabulary_size() const { return vocabulary_.size(); }
  const Vocabulary& vocabulary() const { return vocabulary_; }
  const TextOptions& options() const { return options_; }

  std::string to_json() const;
  /// The same pipeline again.  @throws CheckpointError saying what is missing or malformed.
  static TextPipeline from_json(const std::string& text);

  /// Why the pipeline cannot become TorchScript, as the end of a sentence; nothing if it can.
  std::optional<std::string> torchscript_obstacle() const;
  /// A module with forward(texts: List[str]) -> Tuple[Tensor, Tensor]: ids [N, T] int64 padded with 0, and lengths [N]
  /// int64; the same ids as encode().  @throws ConfigError if there is an obstacle.
  torch::jit::Module to_torchscript() const;

  /// A module with forward(ids: List[int]) -> str: decode(), and detokenize() of that if told.  Every tokenizer has
  /// one.
  torch::jit::Module writer_to_torchscript(bool detokenized = false) const;

  /// Name -> content of what an export carries along for programs that run the pipeline themselves: pipeline.json, and
  /// sentencepiece.model for subwords.
  std::map<std::string, std::string> extra_files() const;

 private:
  void for_each_token(const std::string& text, const TokenSink& sink) const;
  template <class T>
  void truncate(std::vector<T>& tokens) const;

  TextOptions options_;
  std::optional<Subwords> subwords_;
  Vocabulary vocabulary_;
};

}  // namespace recur
