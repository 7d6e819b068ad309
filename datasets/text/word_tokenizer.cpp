// The rules of split_words(); torchscript_tokenizers.cpp says the same in TorchScript.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/ascii.h"
#include "datasets/text/tokenizer.h"
#include "datasets/text/utf8.h"

namespace recur {
namespace {

using enum CharacterClass;

struct Character {
  size_t begin = 0;  ///< byte in the chunk
  int32_t code_point = 0;
  CharacterClass kind = kOther;

  bool is_apostrophe() const { return code_point == '\'' || code_point == 0x2019; }
  bool is_word() const { return kind == kLetter || kind == kNumber || kind == kMark; }
};

/// "s" of "it's", and so on: what stands behind the apostrophe of a contraction, but for "n't".
bool is_clitic(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c |= 0x20;
  constexpr std::array<std::string_view, 6> kClitics{"s", "m", "d", "ll", "re", "ve"};
  return std::find(kClitics.begin(), kClitics.end(), lower) != kClitics.end();
}

/// Cuts one contraction after the other off the end of the word; rule 4.
void emit_word(std::string word, const TokenSink& sink) {
  std::vector<std::string> tails;
  for (size_t apostrophe; (apostrophe = word.rfind('\'')) != std::string::npos;) {
    const auto tail = std::string_view(word).substr(apostrophe + 1);
    size_t cut = apostrophe;
    if ((tail == "t" || tail == "T") && (word[apostrophe - 1] | 0x20) == 'n') {
      --cut;
    } else if (!is_clitic(tail)) {
      break;
    }
    if (cut == 0) break;
    tails.push_back(word.substr(cut));
    word.resize(cut);
  }
  sink(word);
  for (auto tail = tails.rbegin(); tail != tails.rend(); ++tail) sink(*tail);
}

/// Splits what stands between two blanks.
class Chunk {
 public:
  Chunk(std::string_view text, std::vector<Character>& characters) : text_(text), characters_(characters) {
    characters_.clear();
    for (size_t at = 0; at < text.size();) {
      const size_t begin = at;
      const int32_t c = next_code_point(text, at);
      characters_.push_back({begin, c, character_class(c)});
    }
  }

  void split(const TokenSink& sink) const {
    for (size_t i = 0; i < characters_.size();) {
      const bool leading = i == 0 && characters_[0].is_apostrophe();
      size_t end = leading ? word_end(1) : i;
      if (leading && is_clitic(bytes(1, end))) {
        sink("'" + std::string(bytes(1, end)));
      } else if (characters_[i].is_word()) {
        end = word_end(i);
        emit_word(with_plain_apostrophes(i, end), sink);
      } else {
        end = run_end(i);
        sink(bytes(i, end));
      }
      i = end;
    }
  }

 private:
  /// Behind the word that begins at `i`; rules 2 to 4.
  size_t word_end(size_t i) const {
    for (; i < characters_.size(); ++i) {
      const auto& c = characters_[i];
      if (c.is_word()) continue;
      if (i == 0 || i + 1 >= characters_.size()) break;
      const auto& before = characters_[i - 1];
      const auto& after = characters_[i + 1];
      const bool point = c.code_point == '.' || c.code_point == ',';
      const bool in_number = point && before.kind == kNumber && after.kind == kNumber;
      const bool in_word = c.is_apostrophe() && before.is_word() && after.kind == kLetter;
      if (!in_number && !in_word) break;
    }
    return i;
  }

  /// Behind the same character in a row, and the marks that follow; rule 5.
  size_t run_end(size_t i) const {
    size_t end = i + 1;
    while (end < characters_.size() && characters_[end].code_point == characters_[i].code_point) ++end;
    while (end < characters_.size() && characters_[end].kind == kMark) ++end;
    return end;
  }

  std::string_view bytes(size_t begin, size_t end) const {
    const size_t stop = end < characters_.size() ? characters_[end].begin : text_.size();
    const size_t start = begin < characters_.size() ? characters_[begin].begin : text_.size();
    return text_.substr(start, stop - start);
  }

  std::string with_plain_apostrophes(size_t begin, size_t end) const {
    std::string word(bytes(begin, end));
    constexpr std::string_view kCurly = "\xE2\x80\x99";
    for (size_t at; (at = word.find(kCurly)) != std::string::npos;) word.replace(at, kCurly.size(), "'");
    return word;
  }

  std::string_view text_;
  std::vector<Character>& characters_;
};

}  // namespace

void split_words(std::string_view text, const TokenSink& sink) {
  std::vector<Character> characters;  // one buffer for all chunks
  split_whitespace(text, [&](std::string_view chunk) {
    if (std::all_of(chunk.begin(), chunk.end(), is_ascii_letter)) {
      sink(chunk);
    } else {
      Chunk(chunk, characters).split(sink);
    }
  });
}

}  // namespace recur
