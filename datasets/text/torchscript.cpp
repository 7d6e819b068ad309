#include "datasets/text/torchscript.h"

#include <string>

#include <ATen/core/Dict.h>
#include <ATen/core/List.h>

#include <fmt/format.h>

#include "core/error.h"
#include "core/special_tokens.h"
#include "datasets/text/torchscript_source.h"
#include "datasets/text/unicode_tables.h"

namespace recur {
namespace {

using Numbers = c10::Dict<int64_t, int64_t>;

template <class Value>
void set(torch::jit::Module& module, const std::string& name, const Value& value) {
  module.register_attribute(name, c10::getTypePtr<Value>(), value);
}

void set_settings(torch::jit::Module& module, const TextOptions& options) {
  set<bool>(module, "html_breaks", options.html_breaks);
  set<bool>(module, "lowercase", options.lowercase);
  set<bool>(module, "compose", options.normalization != "none");
  set<int64_t>(module, "max_tokens", options.max_tokens.value_or(-1));
  set<bool>(module, "keep_last", options.keep == "last");
}

/// Small things that TorchScript has no names or no literals for.
void set_ascii(torch::jit::Module& module) {
  std::string ascii, letters;
  c10::Dict<std::string, std::string> lower;
  for (int c = 0; c < 128; ++c) ascii += static_cast<char>(c);
  for (char c = 'a'; c <= 'z'; ++c) {
    const char upper = static_cast<char>(c - 'a' + 'A');
    letters += {c, upper};
    lower.insert(std::string(1, upper), std::string(1, c));
  }
  set<std::string>(module, "ascii", ascii);
  set<std::string>(module, "letters", letters);
  set<std::string>(module, "blanks", " \t\n\v\f\r");
  set(module, "ascii_lower", lower);
}

void set_unicode(torch::jit::Module& module, const TextOptions& options) {
  c10::Dict<int64_t, c10::List<int64_t>> decompositions;
  Numbers combining_classes, compositions, lower_cases;
  if (options.normalization != "none") {
    for (const auto& [c, parts] : unicode::decompositions(options.normalization == "nfkc")) {
      decompositions.insert(c, c10::List<int64_t>(parts));
    }
    for (const auto& [c, rank] : unicode::combining_classes()) combining_classes.insert(c, rank);
    for (const auto& [pair, c] : unicode::compositions()) compositions.insert(pair.first * 0x110000 + pair.second, c);
  }
  if (options.lowercase) {
    for (const auto& [c, lower] : unicode::lower_cases()) lower_cases.insert(c, lower);
  }
  set(module, "decompositions", decompositions);
  set(module, "combining_classes", combining_classes);
  set(module, "compositions", compositions);
  set(module, "lower_cases", lower_cases);
  const auto ranges = unicode::class_ranges();
  set(module, "class_starts", c10::List<int64_t>(ranges.starts));
  set(module, "class_kinds", c10::List<int64_t>(ranges.kinds));
}

/// What stands behind the apostrophe of a contraction, in any case.
c10::List<std::string> clitics() {
  c10::List<std::string> list;
  for (const char* one : {"s", "S", "m", "M", "d", "D"}) list.push_back(one);
  for (const char* two : {"ll", "lL", "Ll", "LL", "re", "rE", "Re", "RE", "ve", "vE", "Ve", "VE"}) list.push_back(two);
  return list;
}

const char* tokenizer_script(const std::string& tokenizer) {
  if (tokenizer == "whitespace") return kWhitespaceScript;
  if (tokenizer == "word") return kWordScript;
  if (tokenizer == "character") return kCharacterScript;
  throw ConfigError(fmt::format("text pipeline: the tokenizer {} cannot become TorchScript", tokenizer));
}

}  // namespace

torch::jit::Module text_to_torchscript(const TextOptions& options, const Vocabulary& vocabulary) {
  torch::jit::Module module("TextPipeline");
  set_settings(module, options);
  set_ascii(module);
  set_unicode(module, options);
  set(module, "clitics", clitics());
  c10::Dict<std::string, int64_t> ids;
  for (int64_t id = kUnknownToken + 1; id < vocabulary.size(); ++id) ids.insert(vocabulary.token(id), id);
  set(module, "vocabulary", ids);
  module.define(std::string(kTextScript) + tokenizer_script(options.tokenizer));
  return module;
}

}  // namespace recur
