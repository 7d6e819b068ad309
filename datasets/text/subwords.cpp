#include "datasets/text/subwords.h"

#include <utility>
#include <vector>

#include <dlfcn.h>
#include <fmt/format.h>

#include "core/error.h"
#include "datasets/text/plugin/sentencepiece.h"

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

/// Opened when it is first needed, and never closed.
const SentencePieceLibrary& library() {
  static const SentencePieceLibrary& opened = []() -> const SentencePieceLibrary& {
#ifdef __SANITIZE_ADDRESS__
    throw Error("subwords: a program built with the address sanitizer cannot open sentencepiece beside LibTorch");
#else
    void* handle = dlopen("recur_sentencepiece.so", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    void* get = handle == nullptr ? nullptr : dlsym(handle, kSentencePieceLibrary);
    if (get == nullptr) throw Error(fmt::format("subwords: sentencepiece cannot be opened: {}", dlerror()));
    return reinterpret_cast<GetSentencePieceLibrary>(get)();
#endif
  }();
  return opened;
}

/// The number that sentencepiece's message says behind `mark`, or "".
std::string number_behind(const std::string& message, const std::string& mark) {
  const size_t at = message.find(mark);
  if (at == std::string::npos) return "";
  const size_t begin = at + mark.size();
  return message.substr(begin, message.find_first_not_of("0123456789", begin) - begin);
}

std::string advice(const std::string& message) {
  if (const auto most = number_behind(message, "Please set it to a value <= "); !most.empty()) {
    return fmt::format("they give at most {0}; say data.text.subword.vocabulary_size={0}", most);
  }
  if (const auto least = number_behind(message, " vs "); !least.empty()) {
    return fmt::format("their characters alone need at least {0}; say data.text.subword.vocabulary_size={0}", least);
  }
  if (message.find("!sentences_.empty()") != std::string::npos) return "there are no words in them";
  return "sentencepiece says: " + message;
}

}  // namespace

Subwords Subwords::train(std::span<const std::string> texts, const SubwordOptions& options) {
  std::string plain, model;
  const auto text = [&](size_t index) -> const std::string* {
    if (index >= texts.size()) return nullptr;
    plain = with_plain_blanks(texts[index]);
    return &plain;
  };
  const auto error = library().train(
      {{"model_type", options.algorithm},
       {"vocab_size", std::to_string(options.vocabulary_size)},
       {"normalization_rule_name", "identity"},
       {"max_sentence_length", std::to_string(1 << 30)},  // longer ones are left out; it takes no larger number
       {"num_threads", "1"},                              // sums in one order
       {"bos_id", "-1"},
       {"eos_id", "-1"},
       {"minloglevel", "3"}},
      text, model);
  if (!error.empty()) {
    throw ConfigError(
        fmt::format("data.text.subword.vocabulary_size: {} {} pieces cannot be learned from these texts: {}",
                    options.vocabulary_size, options.algorithm, advice(error)));
  }
  return from_model(std::move(model));
}

Subwords Subwords::from_model(std::string model) {
  std::unique_ptr<SentencePieceModel> loaded;
  if (const auto error = library().load(model, loaded); !error.empty()) {
    throw CheckpointError("subwords: the sentencepiece model cannot be used: " + error);
  }
  Subwords made;
  made.bytes_ = std::move(model);
  made.model_ = std::move(loaded);
  return made;
}

bool Subwords::knows(std::string_view piece) const {
  return model_->knows(piece);
}

void Subwords::split(std::string_view text, const TokenSink& sink) const {
  std::vector<std::string> pieces;
  if (const auto error = model_->encode(with_plain_blanks(text), pieces); !error.empty()) {
    throw Error("sentencepiece: " + error);
  }
  for (const auto& piece : pieces) sink(piece);
}

}  // namespace recur
