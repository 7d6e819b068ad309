// A translator measured, for `recur evaluate` and report.html.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "trainers/log/attention_picture.h"
#include "trainers/log/format.h"
#include "trainers/log/table.h"
#include "trainers/metrics/translation_scores.h"
#include "trainers/tasks/taught_sentences.h"
#include "trainers/tasks/translation.h"

namespace recur {
namespace {

using nlohmann::ordered_json;

constexpr int64_t kShownTranslations = 10;
constexpr int64_t kAttentionPictures = 4;  // of where each word looked, in the report
constexpr int kSentenceColumns = 60;

/// Some indices below `size`, evenly spread.
std::vector<int64_t> spread(int64_t size, int64_t count) {
  count = std::min(size, count);
  std::vector<int64_t> indices;
  for (int64_t k = 0; k < count; ++k) indices.push_back(k * size / count);
  return indices;
}

Table translations_table(const SentencePairs& pairs, const std::vector<std::string>& translations, int columns) {
  Table table{.header = {"source", "said", "a person said"}};
  for (const int64_t k : spread(pairs.size(), kShownTranslations)) {
    table.rows.push_back({fit_width(printable(pairs.source[k]), columns),
                          fit_width(printable(translations[k]), columns),
                          fit_width(printable(pairs.target[k]), columns)});
  }
  return table;
}

}  // namespace

Evaluation TranslationExperiment::evaluate(const std::string& name) {
  const auto& measured = split(name);
  std::vector<Hypothesis> hypotheses;
  const auto translations = best_translations(measured.source, &hypotheses);
  auto metrics = score_translations(translations, measured.pairs->target);
  const auto [loss, tokens] = teacher_forced(measured);
  metrics["nats_per_token"] = loss / static_cast<double>(tokens);
  metrics["perplexity"] = std::exp(metrics["nats_per_token"]);
  Metrics baselines;
  for (const auto& [metric, value] : score_translations(measured.pairs->source, measured.pairs->target)) {
    baselines["copied_source_" + metric] = value;
  }
  ordered_json details = {{"bleu_signature", bleu_signature()}, {"translations", ordered_json::array()}};
  for (int64_t k = 0; k < measured.size(); ++k) {
    details["translations"].push_back({{"source", measured.pairs->source[k]},
                                       {"translation", translations[k]},
                                       {"reference", measured.pairs->target[k]},
                                       {"log_probability", hypotheses[k].log_probability}});
  }
  return {.split = name,
          .examples = measured.size(),
          .metrics = std::move(metrics),
          .baselines = std::move(baselines),
          .details_json = details.dump(),
          .details_text =
              fmt::format("bleu: {}\n\nsome translations\n{}", bleu_signature(),
                          translations_table(*measured.pairs, translations, kSentenceColumns).to_string(true, 2))};
}

TranslationExperiment::Alignment TranslationExperiment::align(const std::string& source, const Hypothesis& hypothesis) {
  torch::NoGradGuard no_grad;
  model_->eval();
  const EncodedTexts encoded(std::vector{source}, *source_);
  const auto batch = pad_tokens(encoded.ids, std::vector<int64_t>{0});
  const auto taught = taught_sentences({hypothesis.tokens});
  const auto decoded =
      model_->forward(model_->start(batch.tokens.to(device_), batch.lengths), taught.read.to(device_), taught.lengths);
  Alignment alignment{.source = token_texts(encoded.ids.front(), *source_),
                      .target = token_texts(hypothesis.tokens, target_pipeline()),
                      .weights = decoded.attention.to(torch::kCPU)};
  alignment.target.emplace_back("(end)");
  if (model_->encoder->options().reverse) std::ranges::reverse(alignment.source);
  return alignment;
}

std::vector<ReportSection> TranslationExperiment::report_sections() {
  const auto& test = split("test");
  std::vector<Hypothesis> hypotheses;
  const auto translations = best_translations(test.source, &hypotheses);
  std::vector<ReportSection> sections = {
      {.title = "Some translations", .html = html_table(translations_table(*test.pairs, translations, 1000))}};
  if (!model_->has_attention()) return sections;
  std::string html;
  for (const int64_t k : spread(test.size(), kAttentionPictures)) {
    const auto alignment = align(test.pairs->source[k], hypotheses[k]);
    html += attention_svg(alignment.source, alignment.target, alignment.weights);
  }
  sections.push_back(
      {.title = "Where each word looked",
       .html = "<p class=\"subtitle\">A row for each token that was written, a column for each that was read: the "
               "stronger the colour, the more of the attention it had.</p>\n"
               "<div style=\"display:flex;flex-wrap:wrap;align-items:flex-start\">\n" +
               html + "</div>\n"});
  return sections;
}

}  // namespace recur
