#include "datasets/text/plugin/sentencepiece.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

namespace recur {
namespace {

std::string message(const sentencepiece::util::Status& status) {
  return status.ok() ? "" : status.ToString();
}

class Sentences : public sentencepiece::SentenceIterator {
 public:
  using Text = std::function<const std::string*(size_t index)>;

  explicit Sentences(const Text& text) : text_(text), now_(text(0)) {}
  bool done() const override { return now_ == nullptr; }
  void Next() override { now_ = text_(++index_); }
  const std::string& value() const override { return *now_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const Text& text_;
  size_t index_ = 0;
  const std::string* now_;
};

class Model : public SentencePieceModel {
 public:
  std::string load(std::string_view model) { return message(processor_.LoadFromSerializedProto(model)); }
  std::string encode(std::string_view text, std::vector<std::string>& pieces) const override {
    return message(processor_.Encode(text, &pieces));
  }
  bool knows(std::string_view piece) const override { return !processor_.IsUnknown(processor_.PieceToId(piece)); }

 private:
  sentencepiece::SentencePieceProcessor processor_;
};

class Library : public SentencePieceLibrary {
 public:
  std::string train(const std::unordered_map<std::string, std::string>& options, const Sentences::Text& text,
                    std::string& model) const override {
    Sentences sentences(text);
    return message(sentencepiece::SentencePieceTrainer::Train(options, &sentences, &model));
  }
  std::string load(std::string_view bytes, std::unique_ptr<SentencePieceModel>& result) const override {
    auto model = std::make_unique<Model>();
    auto error = model->load(bytes);
    if (error.empty()) result = std::move(model);
    return error;
  }
};

}  // namespace
}  // namespace recur

extern "C" __attribute__((visibility("default"))) const recur::SentencePieceLibrary& recur_sentencepiece_library() {
  static const recur::Library library;
  return library;
}
