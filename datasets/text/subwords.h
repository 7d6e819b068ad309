// Pieces of words that sentencepiece learns.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "datasets/text/options.h"
#include "datasets/text/tokenizer.h"

namespace recur {

class SentencePieceModel;

class Subwords {
 public:
  /// Learns the pieces of normalized texts.  The same texts and options give the same model, byte for byte.
  /// @throws ConfigError  if the texts do not give that many pieces, or more are needed for their characters; says how
  ///                      many would do.
  static Subwords train(std::span<const std::string> texts, const SubwordOptions& options);

  /// @throws CheckpointError for bytes that are no model.
  static Subwords from_model(std::string model);

  /// The pieces of a normalized text.  A blank (White_Space) before a word is part of its first piece, written U+2581;
  /// characters that no piece has come out as they are.
  void split(std::string_view text, const TokenSink& sink) const;

  /// Whether it is one of the learned pieces.
  bool knows(std::string_view piece) const;

  /// What a sentencepiece.model file holds.
  const std::string& model() const { return bytes_; }

 private:
  std::string bytes_;
  std::shared_ptr<const SentencePieceModel> model_;
};

}  // namespace recur
