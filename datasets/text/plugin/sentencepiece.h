// sentencepiece behind a wall.  libsentencepiece and libc10 both define the global variable FLAGS_minloglevel, of
// different types; linked into one program they write into each other's memory.  So recur_sentencepiece.so, the only
// one that is linked to it, is opened with RTLD_DEEPBIND, where a library's own symbols come first, and this is all
// that both sides know.  docs/decisions/0007 says more.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace recur {

class SentencePieceModel {
 public:
  virtual ~SentencePieceModel() = default;
  /// What went wrong, or "".
  virtual std::string encode(std::string_view text, std::vector<std::string>& pieces) const = 0;
  virtual bool knows(std::string_view piece) const = 0;
};

class SentencePieceLibrary {
 public:
  virtual ~SentencePieceLibrary() = default;
  /// @param options  sentencepiece's, by their names
  /// @param text     the text with this index, or null behind the last
  /// @param model    what a sentencepiece.model file holds
  /// @returns        what went wrong, or ""
  virtual std::string train(const std::unordered_map<std::string, std::string>& options,
                            const std::function<const std::string*(size_t index)>& text, std::string& model) const = 0;
  /// What went wrong, or "".
  virtual std::string load(std::string_view model, std::unique_ptr<SentencePieceModel>& result) const = 0;
};

/// The name under which the library gives itself to dlsym().
inline constexpr const char* kSentencePieceLibrary = "recur_sentencepiece_library";
using GetSentencePieceLibrary = const SentencePieceLibrary& (*)();

}  // namespace recur
