// What a captioner says of image files.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"
#include "datasets/image/image_file.h"
#include "datasets/image/operations.h"
#include "datasets/image/transform.h"
#include "trainers/log/caption_picture.h"
#include "trainers/log/format.h"
#include "trainers/tasks/captioning.h"
#include "trainers/tasks/encoded_texts.h"
#include "trainers/tasks/taught_sentences.h"

namespace recur {

using nlohmann::ordered_json;

namespace {

constexpr int64_t kOwnImages = 10;  // of the test split, where no file is named

ordered_json to_json(const torch::Tensor& attention) {
  auto words = ordered_json::array();
  for (const auto& grid : attention.unbind(0)) {
    auto rows = ordered_json::array();
    for (const auto& row : grid.unbind(0)) {
      const auto plain = row.to(torch::kCPU, torch::kFloat64).contiguous();
      rows.push_back(
          std::vector<double>(plain.const_data_ptr<double>(), plain.const_data_ptr<double>() + plain.numel()));
    }
    words.push_back(std::move(rows));
  }
  return words;
}

}  // namespace

std::vector<std::string> CaptioningExperiment::predict_options() const {
  return {"--beam-width", "--temperature", "--top-k", "--top-p", "--picture"};
}

std::string CaptioningExperiment::caption_line(const Hypothesis& hypothesis) const {
  const auto caption = printable(pipeline_->decode(hypothesis.tokens));
  return fmt::format("{}  (score {:.2f})", caption.empty() ? "(nothing)" : caption,
                     hypothesis.score(options_.model.search));
}

torch::Tensor CaptioningExperiment::attention_of(const torch::Tensor& features, const Hypothesis& hypothesis) {
  if (!model_->has_attention() || hypothesis.tokens.empty()) return {};
  torch::NoGradGuard no_grad;
  const auto tokens = taught_sentences({hypothesis.tokens});
  const auto decoded = model_->forward(model_->start(features), tokens.read.to(device_), tokens.lengths);
  const auto count = static_cast<int64_t>(hypothesis.tokens.size());  // without what the sentence's end looked at
  return decoded.attention.narrow(0, 0, count).view({count, features.size(2), features.size(3)}).to(torch::kCPU);
}

ordered_json CaptioningExperiment::describe_image(const std::string& name, const torch::Tensor& image,
                                                  const PredictRequest& request) {
  torch::NoGradGuard no_grad;
  model_->eval();
  const ImageTransform transform(options_.data.image);
  const auto prepared = transform.prepare(image);
  const auto features = model_->encode(transform.evaluate(prepared).unsqueeze(0).to(device_));
  auto decoding = model_->decoding(model_->start(features));
  auto search = options_.model.search;
  search.beam_width = request.beam_width.value_or(search.beam_width);
  Hypothesis hypothesis;
  if (request.sampling) {
    auto sampling = *request.sampling;
    sampling.max_length = search.max_length;
    hypothesis = sample(std::move(decoding), sampling).front();
  } else {
    hypothesis = best_of_search(std::move(decoding), search).front();
  }
  const auto attention = attention_of(features, hypothesis);
  ordered_json result = {{"image", name},
                         {"caption", pipeline_->decode(hypothesis.tokens)},
                         {"score", hypothesis.score(search)},
                         {"log_probability", hypothesis.log_probability},
                         {"words", token_texts(hypothesis.tokens, *pipeline_)}};
  if (model_->has_attention()) result["attention"] = attention.defined() ? to_json(attention) : ordered_json::array();
  if (!request.picture.empty()) {
    const auto seen = center_crop(prepared, options_.data.image.size).contiguous();
    write_file_atomically(request.picture, caption_picture_png(seen, token_texts(hypothesis.tokens, *pipeline_),
                                                               attention, caption_line(hypothesis)));
    result["picture"] = request.picture;
  }
  return result;
}

ordered_json CaptioningExperiment::predict(const PredictRequest& request) {
  const auto inputs = static_cast<int64_t>(request.inputs.size());
  if (!request.picture.empty() && inputs > 1) {
    throw ConfigError(fmt::format("--picture draws one image, and {} were given", inputs));
  }
  if (!request.picture.empty() && !request.picture.ends_with(".png")) {
    throw ConfigError(fmt::format("--picture writes a PNG file, and {} is not named so", request.picture));
  }
  ordered_json result = {{"task", "captioning"}, {"predictions", ordered_json::array()}};
  for (const auto& file : request.inputs) {
    result["predictions"].push_back(describe_image(file, read_image(file), request));
  }
  if (inputs > 0) return result;
  const auto& test = split("test").source();
  const int64_t shown = request.picture.empty() ? std::min(kOwnImages, test.size()) : 1;
  for (int64_t k = 0; k < shown; ++k) {
    result["predictions"].push_back(describe_image(test.names[k], test.image(k), request));
  }
  return result;
}

std::vector<std::string> CaptioningExperiment::step_texts(const std::string& /*part*/, int64_t /*steps*/,
                                                          const PredictRequest& /*request*/,
                                                          const ordered_json& prediction) {
  auto texts = prediction.at("predictions").front().at("words").get<std::vector<std::string>>();
  texts.insert(texts.begin(), kSentenceStart);
  return texts;
}

std::string CaptioningExperiment::prediction_text(const ordered_json& prediction, const TextStyle& style) const {
  const auto& entries = prediction.at("predictions");
  std::string text;
  for (const auto& entry : entries) {
    if (entries.size() > 1) text += printable(entry.at("image").get<std::string>()) + ": ";
    const auto caption = printable(entry.at("caption").get<std::string>());
    text += fmt::format("{}{}  (score {:.2f}){}\n", caption.empty() ? "(nothing)" : caption,
                        style.colour ? "\033[2m" : "", entry.at("score").get<double>(), style.colour ? "\033[0m" : "");
    if (entry.contains("picture")) text += entry.at("picture").get<std::string>() + "\n";
  }
  return text;
}

}  // namespace recur
