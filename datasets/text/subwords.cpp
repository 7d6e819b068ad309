#include "datasets/text/subwords.h"

#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include "core/error.h"

namespace recur {
namespace {

/// Words with one plain blank between them: sentencepiece's identity normalization knows no other blank.
std::string with_plain_blanks(std::string_view text) {
  std::string plain;
  split_whitespace(text, [&](std::string_view word) {
    if (!plain.empty()) plain += ' ';
    plain += word;
  });
  return plain;
}

class Sentences : public sentencepiece::SentenceIterator {
 public:
  explicit Sentences(std::span<const std::string> texts) : texts_(texts) { load(); }
  bool done() const override { return at_ >= texts_.size(); }
  void Next() override {
    ++at_;
    load();
  }
  const std::string& value() const override { return plain_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  void load() {
    if (!done()) plain_ = with_plain_blanks(texts_[at_]);
  }

  std::span<const std::string> texts_;
  size_t at_ = 0;
  std::string plain_;
};

}  // namespace

Subwords Subwords::train(std::span<const std::string> texts, const SubwordOptions& options) {
  Sentences sentences(texts);
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(
      {{"model_type", options.algorithm},
       {"vocab_size", std::to_string(options.vocabulary_size)},
       {"normalization_rule_name", "identity"},
       {"max_sentence_length", std::to_string(std::numeric_limits<int32_t>::max())},  // longer ones would be left out
       {"num_threads", "1"},                                                          // sums in one order
       {"bos_id", "-1"},
       {"eos_id", "-1"},
       {"minloglevel", "3"}},
      &sentences, &model);
  if (!status.ok()) {
    throw ConfigError(fmt::format("subword.vocabulary_size: {} pieces cannot be learned from these texts: {}",
                                  options.vocabulary_size, status.ToString()));
  }
  return from_model(std::move(model));
}

Subwords Subwords::from_model(std::string model) {
  auto processor = std::make_shared<sentencepiece::SentencePieceProcessor>();
  if (const auto status = processor->LoadFromSerializedProto(model); !status.ok()) {
    throw CheckpointError("subwords: the sentencepiece model cannot be used: " + status.ToString());
  }
  Subwords made;
  made.model_ = std::move(model);
  made.processor_ = std::move(processor);
  return made;
}

void Subwords::split(std::string_view text, const TokenSink& sink) const {
  std::vector<std::string> pieces;
  if (const auto status = processor_->Encode(with_plain_blanks(text), &pieces); !status.ok()) {
    throw Error("sentencepiece: " + status.ToString());
  }
  for (const auto& piece : pieces) sink(piece);
}

}  // namespace recur
