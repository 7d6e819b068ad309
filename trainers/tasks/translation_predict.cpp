// What a translator says of sentences.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "trainers/log/format.h"
#include "trainers/tasks/translation.h"

namespace recur {

using nlohmann::ordered_json;

std::vector<std::string> TranslationExperiment::predict_options() const {
  return {"--beam-width", "--n-best", "--temperature", "--top-k", "--top-p"};
}

ordered_json TranslationExperiment::predict(const PredictRequest& request) {
  ordered_json result = {{"task", "translation"}, {"predictions", ordered_json::array()}};
  if (request.inputs.empty()) return result;
  auto search = options_.model.search;
  search.beam_width = std::max(request.beam_width.value_or(search.beam_width), request.n_best);
  auto sampling = request.sampling;
  if (sampling) sampling->max_length = search.max_length;
  const auto written = write(EncodedTexts(request.inputs, *source_), search, sampling);
  for (size_t n = 0; n < written.size(); ++n) {
    auto hypotheses = ordered_json::array();
    for (const auto& hypothesis : written[n]) {
      if (static_cast<int64_t>(hypotheses.size()) >= request.n_best) break;
      hypotheses.push_back({{"translation", text_of(hypothesis)},
                            {"score", hypothesis.score(search)},
                            {"log_probability", hypothesis.log_probability},
                            {"cut_off", !hypothesis.ended}});
    }
    ordered_json prediction = {{"text", request.inputs[n]}};
    prediction.update(hypotheses.front());
    if (request.n_best > 1) prediction["n_best"] = std::move(hypotheses);
    result["predictions"].push_back(std::move(prediction));
  }
  return result;
}

std::vector<std::string> TranslationExperiment::step_texts(const std::string& part, int64_t /*steps*/,
                                                           const PredictRequest& request,
                                                           const ordered_json& prediction) {
  if (!part.starts_with("decoder")) return source_->tokens(request.inputs.front());
  auto texts = target_pipeline().tokens(prediction.at("predictions").front().at("translation").get<std::string>());
  texts.insert(texts.begin(), kSentenceStart);
  return texts;
}

std::string TranslationExperiment::prediction_text(const ordered_json& prediction, const TextStyle& style) const {
  std::string text;
  for (const auto& entry : prediction.at("predictions")) {
    if (!entry.contains("n_best")) {
      text += printable(entry.at("translation").get<std::string>()) + "\n";
      continue;
    }
    for (const auto& hypothesis : entry.at("n_best")) {
      text += fmt::format("{}{:.3f}{}  {}\n", style.colour ? "\033[2m" : "", hypothesis.at("score").get<double>(),
                          style.colour ? "\033[0m" : "", printable(hypothesis.at("translation").get<std::string>()));
    }
  }
  return text;
}

}  // namespace recur
