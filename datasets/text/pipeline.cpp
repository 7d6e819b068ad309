#include "datasets/text/pipeline.h"

#include <cstddef>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "core/error.h"
#include "core/special_tokens.h"
#include "datasets/text/normalization.h"
#include "datasets/text/torchscript.h"
#include "datasets/text/writer.h"

namespace recur {
namespace {

constexpr const char* kFormat = "recur text pipeline 1";

}  // namespace

TextPipeline TextPipeline::fit(std::span<const std::string> texts, const TextOptions& options) {
  if (texts.empty()) throw DataError("text pipeline: no texts to fit on");
  TextPipeline pipeline;
  pipeline.options_ = options;
  if (options.tokenizer == "subword") {
    std::vector<std::string> normalized;
    normalized.reserve(texts.size());
    for (const auto& text : texts) normalized.push_back(normalize_text(text, options));
    pipeline.subwords_ = Subwords::train(normalized, options.subword);
  }
  TokenMap<int64_t> counts;
  for (const auto& text : texts) {
    for (const auto& token : pipeline.tokens(text)) {
      if (!pipeline.subwords_ || pipeline.subwords_->knows(token)) ++counts[token];
    }
  }
  pipeline.vocabulary_ = Vocabulary::build(counts, options.min_count, options.max_vocabulary);
  return pipeline;
}

void TextPipeline::for_each_token(const std::string& text, const TokenSink& sink) const {
  const auto normalized = normalize_text(text, options_);
  if (options_.tokenizer == "word") {
    split_words(normalized, sink);
  } else if (options_.tokenizer == "whitespace") {
    split_whitespace(normalized, sink);
  } else if (options_.tokenizer == "character") {
    split_characters(normalized, sink);
  } else if (options_.tokenizer == "subword") {
    subwords_.value().split(normalized, sink);
  } else {
    throw ConfigError(
        fmt::format("tokenizer: expected one of whitespace, word, character, subword; got \"{}\"", options_.tokenizer));
  }
}

template <class T>
void TextPipeline::truncate(std::vector<T>& tokens) const {
  if (!options_.max_tokens || static_cast<int64_t>(tokens.size()) <= *options_.max_tokens) return;
  if (options_.keep == "last") tokens.erase(tokens.begin(), tokens.end() - *options_.max_tokens);
  tokens.resize(static_cast<size_t>(*options_.max_tokens));
}

std::vector<std::string> TextPipeline::tokens(const std::string& text) const {
  std::vector<std::string> tokens;
  for_each_token(text, [&](std::string_view token) { tokens.emplace_back(token); });
  truncate(tokens);
  return tokens;
}

std::vector<int64_t> TextPipeline::encode(const std::string& text) const {
  std::vector<int64_t> ids;
  for_each_token(text, [&](std::string_view token) { ids.push_back(vocabulary_.id(token)); });
  truncate(ids);
  if (ids.empty()) ids.push_back(kUnknownToken);
  return ids;
}

std::string TextPipeline::decode(std::span<const int64_t> ids) const {
  std::vector<std::string> tokens;
  for (const int64_t id : ids) tokens.push_back(vocabulary_.token(id));
  return join_tokens(tokens, options_.tokenizer);
}

std::string TextPipeline::canonical(const std::string& text) const {
  std::vector<std::string> tokens;
  for_each_token(text, [&](std::string_view token) { tokens.emplace_back(token); });
  return join_tokens(tokens, options_.tokenizer);
}

std::string TextPipeline::to_json() const {
  nlohmann::json json{{"format", kFormat}, {"options", to_yaml(options_)}, {"vocabulary", vocabulary_.to_json()}};
  if (subwords_) json["sentencepiece"] = to_base64(subwords_->model());
  return json.dump();
}

TextPipeline TextPipeline::from_json(const std::string& text) {
  TextPipeline pipeline;
  try {
    const auto json = nlohmann::json::parse(text);
    if (const auto format = json.at("format").get<std::string>(); format != kFormat) {
      throw Error(fmt::format("the format is \"{}\", expected \"{}\"", format, kFormat));
    }
    pipeline.options_ =
        read_options<TextOptions>(parse_config(json.at("options").get<std::string>(), "the pipeline's options"));
    pipeline.vocabulary_ = Vocabulary::from_json(json.at("vocabulary").get<std::string>());
    if (pipeline.options_.tokenizer == "subword") {
      pipeline.subwords_ = Subwords::from_model(from_base64(json.at("sentencepiece").get<std::string>()));
    }
  } catch (const std::exception& e) {  // nlohmann's, and ours above
    throw CheckpointError(std::string("text pipeline: the JSON cannot be used: ") + e.what());
  }
  return pipeline;
}

std::optional<std::string> TextPipeline::torchscript_obstacle() const {
  if (!subwords_) return std::nullopt;
  return "the tokenizer subword needs sentencepiece, which TorchScript has not";
}

torch::jit::Module TextPipeline::to_torchscript() const {
  if (const auto obstacle = torchscript_obstacle()) {
    throw ConfigError("text pipeline: cannot become TorchScript: " + *obstacle);
  }
  return text_to_torchscript(options_, vocabulary_);
}

torch::jit::Module TextPipeline::writer_to_torchscript(bool detokenized) const {
  return text_writer_to_torchscript(vocabulary_, options_.tokenizer, detokenized);
}

std::map<std::string, std::string> TextPipeline::extra_files() const {
  std::map<std::string, std::string> files{{"pipeline.json", to_json()}};
  if (subwords_) files["sentencepiece.model"] = subwords_->model();
  return files;
}

}  // namespace recur
