#include "datasets/text/writer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace recur {
namespace {

constexpr std::string_view kSubwordBlank = "\u2581";

const char* joiner(const std::string& tokenizer) {
  return tokenizer == "character" || tokenizer == "subword" ? "" : " ";
}

std::string with_blanks(std::string text) {
  for (size_t at = 0; (at = text.find(kSubwordBlank, at)) != std::string::npos; ++at) {
    text.replace(at, kSubwordBlank.size(), " ");
  }
  return text.starts_with(' ') ? text.substr(1) : text;
}

constexpr const char* kForward = R"(
def forward(self, ids: List[int]) -> str:
    tokens: List[str] = []
    for id in ids:
        tokens.append(self.tokens[id])
    text = self.joiner.join(tokens)
    if self.subword_blank != "":
        text = text.replace(self.subword_blank, " ")
        if text.startswith(" "):
            text = text[1:]
    return text
)";

}  // namespace

std::string join_tokens(std::span<const std::string> tokens, const std::string& tokenizer) {
  auto text = fmt::format("{}", fmt::join(tokens, joiner(tokenizer)));
  return tokenizer == "subword" ? with_blanks(std::move(text)) : text;
}

torch::jit::Module text_writer_to_torchscript(const Vocabulary& vocabulary, const std::string& tokenizer) {
  torch::jit::Module module("TextWriter");
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
