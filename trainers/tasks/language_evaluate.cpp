// A language model measured and heard.
#include <cmath>
#include <functional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/special_tokens.h"
#include "datasets/language/brackets.h"
#include "datasets/text/writer.h"
#include "trainers/log/chart.h"
#include "trainers/log/format.h"
#include "trainers/metrics/ngram_model.h"
#include "trainers/tasks/language.h"

namespace recur {
namespace {

using nlohmann::ordered_json;

constexpr int64_t kSampleTokens = 200;  // `recur predict`
constexpr int64_t kReportTokens = 400;  // report.html

}  // namespace

Metrics LanguageExperiment::baselines(const std::string& name) {
  Metrics baselines;
  for (const int64_t order : {1, 2, 3}) {
    const NgramModel counted(ids("train"), order, pipeline_->vocabulary_size());
    const auto nats = counted.nats_per_token(ids(name));
    const auto prefix = order == 1 ? "unigram" : order == 2 ? "bigram" : "trigram";
    baselines[fmt::format("{}_nats_per_token", prefix)] = nats;
    baselines[fmt::format("{}_perplexity", prefix)] = std::exp(nats);
  }
  if (options_.data.format == "brackets") {
    const auto& text = name == "train" ? data().train : name == "validation" ? data().validation : data().test;
    baselines["grammar_nats_per_token"] = bracket_nats(text);
  }
  return baselines;
}

Evaluation LanguageExperiment::evaluate(const std::string& name) {
  const auto& tokens = ids(name);
  const double nats = nats_per_token(tokens, name, 1);
  Metrics metrics{{"nats_per_token", nats}, {"perplexity", std::exp(nats)}};
  if (options_.data.text.tokenizer == "character") metrics["bits_per_character"] = nats / std::log(2.0);
  return {.split = name, .examples = std::ssize(tokens), .metrics = std::move(metrics), .baselines = baselines(name)};
}

std::string LanguageExperiment::text_of(const std::vector<int64_t>& tokens) const {
  return pipeline_->decode(tokens);
}

std::vector<int64_t> LanguageExperiment::prompt_ids(const std::string& prompt) const {
  if (!prompt.empty()) return pipeline_->encode(prompt);
  // Without a prompt as behind a line's end, if the text has such a token; else behind the commonest one.
  for (const char* end : {"\n", "<eos>"}) {
    if (const int64_t id = pipeline_->vocabulary().id(end); id != kUnknownToken) return {id};
  }
  return {kUnknownToken + 1};
}

std::vector<int64_t> LanguageExperiment::go_on(const std::string& prompt, const SamplingOptions& sampling,
                                               const std::function<bool(const std::string&)>& told) {
  torch::NoGradGuard no_grad;
  model_->eval();
  auto decoding = model_->decoding(prompt_ids(prompt));
  std::vector<int64_t> tokens;
  if (told) {
    // What a token adds: subwords and words bring the blank before them along.
    decoding.written = [&](int64_t, int64_t token) {
      const auto before = text_of(tokens).size();
      tokens.push_back(token);
      return told(text_of(tokens).substr(before));
    };
  }
  return sample(std::move(decoding), sampling).front().tokens;
}

std::vector<std::string> LanguageExperiment::predict_options() const {
  return {"--length", "--temperature", "--top-k", "--top-p"};
}

ordered_json LanguageExperiment::predict(const PredictRequest& request) {
  ordered_json result = {{"task", "language"}, {"predictions", ordered_json::array()}};
  auto sampling = request.sampling.value_or(SamplingOptions{});
  sampling.max_length = request.length > 0 ? request.length : kSampleTokens;
  const auto prompts = request.inputs.empty() ? std::vector<std::string>{""} : request.inputs;
  const bool blank = pipeline_->options().tokenizer == "word" || pipeline_->options().tokenizer == "whitespace";
  for (const auto& prompt : prompts) {
    if (request.told) request.told(prompt + (blank && !prompt.empty() ? " " : ""));
    const auto tokens = go_on(prompt, sampling, [&](const std::string& text) {
      if (request.told) request.told(text);
      return true;
    });
    if (request.told) request.told("\n");
    result["predictions"].push_back({{"prompt", prompt}, {"text", text_of(tokens)}});
  }
  return result;
}

std::string LanguageExperiment::prediction_text(const ordered_json& prediction, const TextStyle& /*style*/) const {
  std::string text;
  const bool blank = pipeline_->options().tokenizer == "word" || pipeline_->options().tokenizer == "whitespace";
  for (const auto& entry : prediction.at("predictions")) {
    const auto prompt = entry.at("prompt").get<std::string>();
    text += prompt + (blank && !prompt.empty() ? " " : "") + entry.at("text").get<std::string>() + "\n";
  }
  return text;
}

std::vector<ReportSection> LanguageExperiment::report_sections() {
  std::string html;
  for (const double temperature : {0.5, 1.0}) {
    const auto text = text_of(go_on("", {.temperature = temperature, .max_length = kReportTokens}));
    html += fmt::format("<p>temperature {}</p><pre style=\"white-space:pre-wrap\">{}</pre>\n", temperature,
                        escape_html(text));
  }
  return {{.title = "What it writes", .html = html}};
}

}  // namespace recur
