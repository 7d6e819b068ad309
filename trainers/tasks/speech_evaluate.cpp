// A recognizer measured, for `recur evaluate` and report.html.
#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "trainers/log/chart.h"
#include "trainers/log/format.h"
#include "trainers/log/table.h"
#include "trainers/metrics/word_confusions.h"
#include "trainers/tasks/speech.h"

namespace recur {
namespace {

using nlohmann::ordered_json;

constexpr int64_t kShownConfusions = 10, kShownTranscripts = 5;
constexpr int64_t kSpectrogramPictures = 4;
constexpr int kColumns = 100;

/// What most training transcripts say.
std::string commonest(const std::vector<std::string>& texts) {
  std::map<std::string, int64_t> counts;
  for (const auto& text : texts) ++counts[text];
  return std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; })->first;
}

/// Mistakes of all kinds, the most frequent first.
std::vector<WordConfusion> most_frequent(const std::vector<std::string>& heard, const std::vector<std::string>& said) {
  const auto by_kind = word_confusions(heard, said);
  std::vector<WordConfusion> all;
  for (const auto* mistakes : {&by_kind.substitutions, &by_kind.deletions, &by_kind.insertions}) {
    all.insert(all.end(), mistakes->begin(), mistakes->end());
  }
  std::ranges::stable_sort(all, std::greater<>(), &WordConfusion::count);
  if (std::ssize(all) > kShownConfusions) all.resize(kShownConfusions);
  return all;
}

Table confusions_table(const std::vector<WordConfusion>& confusions) {
  const auto word = [](const std::string& text) { return text.empty() ? "(nothing)" : printable(text); };
  Table table{.header = {"said", "heard", "times"}};
  for (const auto& [said, heard, count] : confusions) {
    table.rows.push_back({word(said), word(heard), format_count(count)});
  }
  return table;
}

std::string worst_text(const std::vector<std::string>& heard, const std::vector<std::string>& said, int width) {
  std::string text;
  for (const auto& transcript : worst_transcripts(heard, said, kShownTranscripts)) {
    text += (text.empty() ? "" : "\n") + alignment_text(transcript, width);
  }
  return text;
}

}  // namespace

Evaluation SpeechExperiment::evaluate(const std::string& name) {
  const auto& measured = split(name);
  const auto heard = listen(measured, model_->beam_width());
  auto metrics = score(measured, heard);
  const std::vector<std::string> guesses(measured.texts.size(), commonest(split("train").texts));
  const auto guessed = score_transcripts(guesses, measured.texts);
  const auto confusions = most_frequent(heard.texts, measured.texts);
  ordered_json details = {{"confusions", ordered_json::array()}, {"transcripts", ordered_json::array()}};
  for (const auto& [word, taken_for, count] : confusions) {
    details["confusions"].push_back({{"said", word}, {"heard", taken_for}, {"count", count}});
  }
  for (int64_t k = 0; k < measured.size(); ++k) {
    details["transcripts"].push_back({{"name", measured.utterances[k].name},
                                      {"reference", measured.texts[k]},
                                      {"text", heard.texts[k]},
                                      {"log_probability", heard.transcripts[k].front().log_probability}});
  }
  std::string text;
  if (!confusions.empty()) {
    text = "mistakes\n" + confusions_table(confusions).to_string(true, 2) + "\nutterances with the most errors\n" +
           worst_text(heard.texts, measured.texts, kColumns);
  }
  return {.split = name,
          .examples = measured.size(),
          .metrics = std::move(metrics),
          .baselines = {{"commonest_wer", guessed.at("wer")}, {"commonest_cer", guessed.at("cer")}},
          .details_json = details.dump(),
          .details_text = std::move(text)};
}

std::vector<ReportSection> SpeechExperiment::report_sections() {
  const auto& test = split("test");
  const auto heard = listen(test, model_->beam_width());
  std::vector<ReportSection> sections;
  if (const auto confusions = most_frequent(heard.texts, test.texts); !confusions.empty()) {
    sections.push_back({.title = "Mistakes", .html = html_table(confusions_table(confusions))});
    sections.push_back({.title = "Utterances with the most errors",
                        .html = "<pre>" + escape_html(worst_text(heard.texts, test.texts, kColumns)) + "</pre>"});
  }
  // The worst first, then some as they come.
  std::vector<int64_t> shown;
  for (const auto& worst : worst_transcripts(heard.texts, test.texts, kSpectrogramPictures / 2))
    shown.push_back(worst.index);
  for (int64_t k = 0; k < test.size() && std::ssize(shown) < kSpectrogramPictures; ++k) {
    if (std::ranges::count(shown, k) == 0) shown.push_back(k);
  }
  std::string html;
  for (const int64_t k : shown) {
    const auto samples = sound_->samples_of(test.utterances[k].read());
    html += fmt::format(
        "<figure><figcaption>said: {}; heard:{}</figcaption><div class=\"scroll\"><img alt=\"spectrogram of {}\" "
        "style=\"display:block;width:100%;min-width:640px;border-radius:6px\" "
        "src=\"data:image/png;base64,{}\"></div></figure>\n",
        escape_html(test.texts[k]), heard.texts[k].empty() ? " nothing" : "", escape_html(test.utterances[k].name),
        to_base64(picture_png(samples, heard.transcripts[k].front())));
  }
  sections.push_back({.title = "What was heard, and where", .html = html});
  return sections;
}

}  // namespace recur
