// A classifier measured, for `recur evaluate` and report.html.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "trainers/log/classification_tables.h"
#include "trainers/log/confusion_chart.h"
#include "trainers/log/format.h"
#include "trainers/log/table.h"
#include "trainers/log/word_weights.h"
#include "trainers/metrics/bag_of_words.h"
#include "trainers/tasks/classes.h"
#include "trainers/tasks/sentiment.h"

namespace recur {
namespace {

using nlohmann::ordered_json;

constexpr int64_t kShownMistakes = 20;
constexpr int64_t kShownTexts = 12;  // in the report
constexpr int kReviewColumns = 90;   // of a text in a table

std::string in_one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\t' || c == '\r'; }, ' ');
  return text;
}

}  // namespace

std::string SentimentExperiment::mistakes_text(const Split& measured, const Classified& result,
                                               ordered_json& details) const {
  details["mistakes"] = ordered_json::array();
  Table table{.header = {"true", "said", "probability", "text"}};
  for (const int64_t index : most_confident_mistakes(result, kShownMistakes)) {
    const auto row = result.probabilities[index];
    const auto said = row.argmax().item<int64_t>();
    const auto& text = measured.source->texts[index];
    const auto& truth = labels_[measured.source->labels[index]];
    details["mistakes"].push_back(
        {{"text", text}, {"label", truth}, {"said", labels_[said]}, {"probability", row[said].item<double>()}});
    table.rows.push_back({truth, labels_[said], format_number(row[said].item<double>(), 3),
                          fit_width(printable(in_one_line(text)), kReviewColumns)});
  }
  if (table.rows.empty()) return "no mistakes\n";
  return "\nmost confident mistakes\n" + table.to_string(true, 2);
}

Evaluation SentimentExperiment::evaluate(const std::string& name) {
  const auto& measured = split(name);
  if (measured.encoded.size() == 0) throw DataError(fmt::format("the {} split holds no text", name));
  const auto& train = split("train");
  const Classified result{.probabilities = read(measured.encoded).probabilities, .labels = measured.labels};
  const auto score = score_classification(result, labels_);
  const auto words = BagOfWords::fit(train.encoded.ids, train.labels, pipeline_->vocabulary_size(), model_->classes());
  const auto by_words = score_classification(
      {.probabilities = words.probabilities(measured.encoded.ids), .labels = measured.labels}, labels_);
  auto details = score_to_json(score);
  const auto mistakes = mistakes_text(measured, result, details);
  return {.split = name,
          .examples = measured.encoded.size(),
          .metrics = classification_metrics(score),
          .baselines = {{"majority_accuracy", majority_accuracy(train.labels, measured.labels)},
                        {"bag_of_words_accuracy", by_words.accuracy},
                        {"bag_of_words_macro_f1", by_words.macro_f1}},
          .details_json = details.dump(),
          .details_text = classification_text(score) + mistakes};
}

std::vector<ReportSection> SentimentExperiment::report_sections() {
  const auto& test = split("test");
  const auto reading = read(test.encoded);
  const Classified result{.probabilities = reading.probabilities, .labels = test.labels};
  const auto score = score_classification(result, labels_);
  std::vector<ReportSection> sections = {
      {.title = "What is taken for what",
       .html = "<div class=\"scroll\">" + confusion_svg(score, /*standalone=*/false) + "</div>",
       .svg_name = "confusion.svg",
       .svg = confusion_svg(score)}};

  // Mistakes first, then the first texts of the split.
  auto shown = most_confident_mistakes(result, kShownTexts);
  for (int64_t k = 0; k < std::min(kShownTexts, test.encoded.size()); ++k) shown.push_back(k);
  std::string html;
  if (!reading.attention.empty()) {
    html = "<p class=\"subtitle\">The stronger a word's colour, the more of the attention it had.</p>\n";
  }
  for (const int64_t index : shown) {
    const auto said = result.probabilities[index].argmax().item<int64_t>();
    auto words = pipeline_->tokens(test.source->texts[index]);
    words.resize(test.encoded.lengths[index]);  // a text without a word was read as one unknown
    html += word_weights_html(
        {.words = words,
         .weights = reading.attention.empty() ? std::vector<double>(words.size()) : reading.attention[index],
         .label = labels_[said],
         .probability = result.probabilities[index][said].item<double>(),
         .truth = labels_[test.source->labels[index]]});
  }
  sections.push_back({.title = "Most confident mistakes, and the first texts", .html = html});
  return sections;
}

}  // namespace recur
