#include "datasets/text/writer.h"

#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace recur {
namespace {

constexpr std::string_view kSubwordBlank = "\u2581";

const char* joiner(const std::string& tokenizer) {
  return tokenizer == "character" || tokenizer == "subword" ? "" : " ";
}

/// As Python's str.replace.
std::string replace_all(std::string text, std::string_view what, std::string_view by) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

std::string with_blanks(std::string text) {
  text = replace_all(std::move(text), kSubwordBlank, " ");
  return text.starts_with(' ') ? text.substr(1) : text;
}

// What becomes what, one after the other, in a text with a blank at its end.
constexpr std::array<std::pair<const char*, const char*>, 20> kDetokenization = {{
    {" ) ", ") "},     {" ( ", " ("},     {" n't ", "n't "}, {" 's ", "'s "},   {" 'm ", "'m "},
    {" 'd ", "'d "},   {" 'll ", "'ll "}, {" 're ", "'re "}, {" 've ", "'ve "}, {" . ", ". "},
    {" , ", ", "},     {" ! ", "! "},     {" ? ", "? "},     {" ; ", "; "},     {" : ", ": "},
    {" ... ", "... "}, {" % ", "% "},     {" - ", "-"},      {" / ", "/"},      {"$ ", "$"},
}};

constexpr const char* kForward = R"(
def detokenize(self, text: str) -> str:
    if len(self.replaced) == 0:
        return text
    text += " "
    for k in range(len(self.replaced)):
        text = text.replace(self.replaced[k], self.by[k])
    return text[:-1] if text.endswith(" ") else text

def forward(self, ids: List[int]) -> str:
    tokens: List[str] = []
    for id in ids:
        tokens.append(self.tokens[id])
    text = self.joiner.join(tokens)
    if self.subword_blank != "":
        text = text.replace(self.subword_blank, " ")
        if text.startswith(" "):
            text = text[1:]
    return self.detokenize(text)
)";

}  // namespace

std::string join_tokens(std::span<const std::string> tokens, const std::string& tokenizer) {
  auto text = fmt::format("{}", fmt::join(tokens, joiner(tokenizer)));
  return tokenizer == "subword" ? with_blanks(std::move(text)) : text;
}

std::string detokenize(std::string text) {
  text += ' ';
  for (const auto& [what, by] : kDetokenization) text = replace_all(std::move(text), what, by);
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

torch::jit::Module text_writer_to_torchscript(const Vocabulary& vocabulary, const std::string& tokenizer,
                                              bool detokenized) {
  torch::jit::Module module("TextWriter");
  c10::List<std::string> replaced, by;
  if (detokenized) {
    for (const auto& [what, with] : kDetokenization) {
      replaced.push_back(what);
      by.push_back(with);
    }
  }
  module.register_attribute("replaced", c10::ListType::ofStrings(), replaced);
  module.register_attribute("by", c10::ListType::ofStrings(), by);
  c10::List<std::string> tokens;
  for (int64_t id = 0; id < vocabulary.size(); ++id) tokens.push_back(vocabulary.token(id));
  module.register_attribute("tokens", c10::ListType::ofStrings(), tokens);
  module.register_attribute("joiner", c10::StringType::get(), std::string(joiner(tokenizer)));
  module.register_attribute("subword_blank", c10::StringType::get(),
                            std::string(tokenizer == "subword" ? kSubwordBlank : ""));
  module.define(kForward);
  return module;
}

}  // namespace recur
