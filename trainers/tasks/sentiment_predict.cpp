// What a classifier says of texts.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/special_tokens.h"
#include "trainers/log/format.h"
#include "trainers/log/table.h"
#include "trainers/log/word_weights.h"
#include "trainers/tasks/sentiment.h"

namespace recur {

using nlohmann::ordered_json;

ordered_json SentimentExperiment::predict(const PredictRequest& request) {
  ordered_json result = {{"task", "sentiment"}, {"labels", labels_}, {"predictions", ordered_json::array()}};
  if (request.inputs.empty()) return result;
  const EncodedTexts encoded(request.inputs, *pipeline_);
  const auto reading = read(encoded);
  for (size_t n = 0; n < request.inputs.size(); ++n) {
    const auto row = reading.probabilities[static_cast<int64_t>(n)];
    const auto said = row.argmax().item<int64_t>();
    ordered_json prediction = {{"text", request.inputs[n]},
                               {"label", labels_[said]},
                               {"probability", row[said].item<double>()},
                               {"probabilities", std::vector<double>(row.const_data_ptr<double>(),
                                                                     row.const_data_ptr<double>() + row.numel())}};
    const auto& ids = encoded.ids[n];
    prediction["known_words"] = std::ranges::count_if(ids, [](int64_t id) { return id > kUnknownToken; });
    // A text without a word was read as one unknown: there is nothing to show.
    if (const auto words = pipeline_->tokens(request.inputs[n]); !reading.attention.empty() && !words.empty()) {
      prediction["words"] = words;
      prediction["attention"] = reading.attention[n];
    }
    result["predictions"].push_back(std::move(prediction));
  }
  return result;
}

std::vector<std::string> SentimentExperiment::step_texts(const std::string& /*part*/, int64_t /*steps*/,
                                                         const PredictRequest& request,
                                                         const ordered_json& /*prediction*/) {
  return pipeline_->tokens(request.inputs.front());
}

std::string SentimentExperiment::prediction_text(const ordered_json& prediction, const TextStyle& style) const {
  size_t width = 0;
  for (const auto& label : labels_) width = std::max(width, label.size());
  std::string text;
  for (const auto& entry : prediction.at("predictions")) {
    const auto words = entry.contains("words")
                           ? coloured_words(entry.at("words").get<std::vector<std::string>>(),
                                            entry.at("attention").get<std::vector<double>>(), style.colour)
                           : entry.at("text").get<std::string>();
    text += fmt::format("{:<{}}  {:5.1f} %  {}{}\n", entry.at("label").get<std::string>(), width,
                        100 * entry.at("probability").get<double>(), words,
                        entry.at("known_words") == 0 ? " (no known word)" : "");
  }
  return text;
}

}  // namespace recur
