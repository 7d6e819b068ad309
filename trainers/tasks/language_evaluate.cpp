// A language model measured and heard.
#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/special_tokens.h"
#include "datasets/language/brackets.h"
#include "trainers/log/chart.h"
#include "trainers/metrics/ngram_model.h"
#include "trainers/tasks/encoded_texts.h"
#include "trainers/tasks/language.h"
#include "trainers/tasks/named_split.h"

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
    baselines["grammar_nats_per_token"] = bracket_nats(named_split(data(), name));
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

std::vector<int64_t> LanguageExperiment::prompt_ids(const std::string& prompt) const {
  if (!prompt.empty()) return pipeline_->encode(prompt);
  // Without a prompt as behind a line's end, if the text has such a token; else behind the commonest one.
  for (const char* end : {"\n", "<eos>"}) {
    if (const int64_t id = pipeline_->vocabulary().id(end); id != kUnknownToken) return {id};
  }
  return {kUnknownToken + 1};
}

std::string LanguageExperiment::before_text(const std::string& prompt) const {
  const auto& tokenizer = pipeline_->options().tokenizer;
  return prompt.empty() || (tokenizer != "word" && tokenizer != "whitespace") ? "" : " ";
}

std::string LanguageExperiment::go_on(const std::string& prompt, const SamplingOptions& sampling,
                                      const std::function<void(const std::string&)>& told) {
  torch::NoGradGuard no_grad;
  model_->eval();
  auto decoding = model_->decoding(prompt_ids(prompt));
  std::vector<int64_t> tokens;
  std::string text;
  decoding.written = [&](int64_t, int64_t token) {
    // The whole once more: words and subwords bring the blank before them along.
    tokens.push_back(token);
    const auto before = std::exchange(text, pipeline_->decode(tokens)).size();
    if (told) told(text.substr(before));
    return true;
  };
  sample(std::move(decoding), sampling);
  return text;
}

std::vector<std::string> LanguageExperiment::predict_options() const {
  return {"--length", "--temperature", "--top-k", "--top-p"};
}

ordered_json LanguageExperiment::predict(const PredictRequest& request) {
  ordered_json result = {{"task", "language"}, {"predictions", ordered_json::array()}};
  auto sampling = request.sampling.value_or(SamplingOptions{});
  sampling.max_length = request.length > 0 ? request.length : kSampleTokens;
  const auto prompts = request.inputs.empty() ? std::vector<std::string>{""} : request.inputs;
  const auto tell = [&](const std::string& text) {
    if (request.told) request.told(text);
  };
  for (const auto& prompt : prompts) {
    tell(prompt + before_text(prompt));
    const auto text = go_on(prompt, sampling, tell);
    tell("\n");
    result["predictions"].push_back({{"prompt", prompt}, {"text", text}});
  }
  return result;
}

std::vector<std::string> LanguageExperiment::step_texts(const std::string& /*part*/, int64_t steps,
                                                        const PredictRequest& /*request*/,
                                                        const ordered_json& prediction) {
  const auto& first = prediction.at("predictions").front();
  auto read = prompt_ids(first.at("prompt").get<std::string>());
  const auto written = pipeline_->encode(first.at("text").get<std::string>());
  read.insert(read.end(), written.begin(), written.end());
  read.resize(std::min(read.size(), static_cast<size_t>(steps)));  // the last token that it wrote was not read
  return token_texts(read, *pipeline_);
}

std::string LanguageExperiment::prediction_text(const ordered_json& prediction, const TextStyle& /*style*/) const {
  std::string text;
  for (const auto& entry : prediction.at("predictions")) {
    const auto prompt = entry.at("prompt").get<std::string>();
    text += prompt + before_text(prompt) + entry.at("text").get<std::string>() + "\n";
  }
  return text;
}

std::vector<ReportSection> LanguageExperiment::report_sections() {
  std::string html;
  for (const double temperature : {0.5, 1.0}) {
    const auto text = go_on("", {.temperature = temperature, .max_length = kReportTokens});
    html += fmt::format("<p>temperature {}</p><pre style=\"white-space:pre-wrap\">{}</pre>\n", temperature,
                        escape_html(text));
  }
  return {{.title = "What it writes", .html = html}};
}

}  // namespace recur
