// What is heard in sound files.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"
#include "models/heads/ctc_transcriber.h"
#include "models/sequence/acoustic_stream.h"
#include "trainers/log/format.h"
#include "trainers/tasks/encoded_texts.h"
#include "trainers/tasks/speech.h"

namespace recur {
namespace {

using nlohmann::ordered_json;

constexpr double kChunkSeconds = 0.1;  // of a stream
constexpr int64_t kShownTests = 5;     // where no file is named

ordered_json words_json(const std::vector<SpokenMark>& words) {
  auto json = ordered_json::array();
  for (const auto& word : words) json.push_back({{"word", word.text}, {"begin", word.begin}, {"end", word.end}});
  return json;
}

FrameBatch batch_of_one(const torch::Tensor& frames, const torch::Device& device) {
  return {.frames = frames.unsqueeze(0).to(device), .lengths = torch::tensor({frames.size(0)})};
}

}  // namespace

double SpeechExperiment::seconds_of_step(int64_t step) const {
  return static_cast<double>(step * model_->listener()->stride()) * sound_->hop_seconds();
}

std::vector<SpokenMark> SpeechExperiment::timed_tokens(const Transcript& transcript) const {
  std::vector<SpokenMark> tokens;
  for (const auto& span : transcript.spans) {
    tokens.push_back({.text = text_->vocabulary().token(span.token),
                      .begin = seconds_of_step(span.begin),
                      .end = seconds_of_step(span.end)});
  }
  return tokens;
}

std::vector<SpokenMark> SpeechExperiment::timed_words(const Transcript& transcript) const {
  constexpr const char* kPieceBegin = "\u2581";  // as sentencepiece writes a blank
  const auto& tokenizer = text_->options().tokenizer;
  std::vector<SpokenMark> words;
  bool begins = true;
  for (auto& token : timed_tokens(transcript)) {
    if (tokenizer == "character" && token.text == " ") {
      begins = true;
      continue;
    }
    if (tokenizer == "subword" && token.text.starts_with(kPieceBegin)) {
      begins = true;
      token.text.erase(0, std::string_view(kPieceBegin).size());
    }
    if (begins) {
      words.push_back(std::move(token));
    } else {
      words.back().text += token.text;
      words.back().end = token.end;
    }
    begins = tokenizer != "character" && tokenizer != "subword";
  }
  return words;
}

std::vector<std::string> SpeechExperiment::predict_options() const {
  if (!model_->is_ctc()) return {"--beam-width", "--n-best", "--picture"};
  return {"--beam-width", "--n-best", "--picture", "--stream"};
}

std::string SpeechExperiment::picture_png(const torch::Tensor& samples, const Transcript& transcript) const {
  auto marks = timed_tokens(transcript);
  for (auto& mark : marks) {
    if (mark.text == " ") mark.text = "\u2423";
  }
  return spectrogram_png(sound_->spectrogram(samples), sound_->hop_seconds(), marks, text_of(transcript.tokens));
}

ordered_json SpeechExperiment::describe_sound(const std::string& name, const Audio& audio,
                                              const PredictRequest& request) {
  torch::NoGradGuard no_grad;
  model_->eval();
  const auto samples = sound_->samples_of(audio);
  const auto beam_width = std::max(request.beam_width.value_or(model_->beam_width()), request.n_best);
  const auto transcripts =
      model_->transcribe(batch_of_one(sound_->frames_of(samples), device_), beam_width, language_.get()).front();
  const auto& best = transcripts.front();
  ordered_json prediction = {{"file", name},
                             {"text", text_of(best.tokens)},
                             {"seconds", audio.seconds()},
                             {"log_probability", best.log_probability}};
  if (is_silent(audio.samples)) prediction["silent"] = true;
  if (model_->is_ctc()) prediction["words"] = words_json(timed_words(best));
  if (request.n_best > 1) {
    auto hypotheses = ordered_json::array();
    for (const auto& transcript : transcripts) {
      if (std::ssize(hypotheses) >= request.n_best) break;
      hypotheses.push_back({{"text", text_of(transcript.tokens)}, {"log_probability", transcript.log_probability}});
    }
    prediction["n_best"] = std::move(hypotheses);
  }
  if (!request.picture.empty()) write_file_atomically(request.picture, picture_png(samples, best));
  return prediction;
}

ordered_json SpeechExperiment::follow_sound(const std::string& name, const Audio& audio,
                                            const PredictRequest& request) {
  torch::NoGradGuard no_grad;
  model_->eval();
  auto& transcriber = dynamic_cast<CtcTranscriber&>(*model_);
  const auto samples = sound_->samples_of(audio);
  SoundStream sound(*sound_);
  AcousticStream listener(transcriber.encoder);
  CtcGreedyStream decoder;
  std::string told;
  const auto transcript = [&] {
    Transcript so_far{.tokens = {}, .log_probability = decoder.log_probability(), .spans = decoder.spans()};
    for (const auto& span : so_far.spans) so_far.tokens.push_back(span.token);
    return so_far;
  };
  const auto hear = [&](const torch::Tensor& steps) {
    if (steps.size(0) == 0) return;
    decoder.push(transcriber.read_out(steps).to(torch::kCPU));
    const auto text = text_of(transcript().tokens);
    if (request.told && text.size() > told.size()) request.told(text.substr(told.size()));
    told = text;
  };
  const auto chunk = static_cast<int64_t>(kChunkSeconds * static_cast<double>(sound_->sample_rate()));
  for (int64_t begin = 0; begin < samples.size(0); begin += chunk) {
    hear(listener.push(sound.push(samples.narrow(0, begin, std::min(chunk, samples.size(0) - begin))).to(device_)));
  }
  hear(listener.push(sound.finish().to(device_)));
  hear(listener.finish());
  if (request.told) request.told("\n");
  return {
      {"file", name}, {"text", told}, {"seconds", audio.seconds()}, {"words", words_json(timed_words(transcript()))}};
}

ordered_json SpeechExperiment::predict(const PredictRequest& request) {
  if (!request.picture.empty() && request.inputs.size() != 1) {
    throw ConfigError(fmt::format("--picture draws one sound, got {}", request.inputs.size()));
  }
  ordered_json result = {{"task", "speech"}, {"predictions", ordered_json::array()}};
  const auto add = [&](const std::string& name, const Audio& audio) {
    result["predictions"].push_back(request.stream ? follow_sound(name, audio, request)
                                                   : describe_sound(name, audio, request));
  };
  for (const auto& input : request.inputs) add(input, read_audio(input));
  if (!request.inputs.empty()) return result;
  const auto& test = split("test");
  for (int64_t k = 0; k < std::min(kShownTests, test.size()); ++k) {
    add(test.utterances[k].name, test.utterances[k].read());
    result["predictions"].back()["reference"] = test.texts[k];
  }
  return result;
}

std::vector<std::string> SpeechExperiment::step_texts(const std::string& part, int64_t steps,
                                                      const PredictRequest& /*request*/,
                                                      const ordered_json& prediction) {
  const auto& first = prediction.at("predictions").front();
  if (!part.starts_with("encoder")) {
    auto texts = token_texts(text_->encode(first.at("text").get<std::string>()), *text_);
    texts.insert(texts.begin(), kSentenceStart);
    return texts;
  }
  if (!first.contains("words")) return {};
  std::vector<std::string> texts(steps);  // a word stands where it begins
  for (const auto& word : first.at("words")) {
    const auto step = std::llround(word.at("begin").get<double>() / seconds_of_step(1));
    if (step < steps) texts[step] = word.at("word").get<std::string>();
  }
  return texts;
}

std::string SpeechExperiment::prediction_text(const ordered_json& prediction, const TextStyle& style) const {
  const auto* dim = style.colour ? "\033[2m" : "";
  const auto* plain = style.colour ? "\033[0m" : "";
  std::string text;
  for (const auto& entry : prediction.at("predictions")) {
    text += fmt::format("{}{}{}  {}{}\n", dim, printable(entry.at("file").get<std::string>()), plain,
                        printable(entry.at("text").get<std::string>()),
                        entry.contains("silent") ? "  (the file is silent)" : "");
    if (entry.contains("reference")) {
      text += fmt::format("{}    said: {}{}\n", dim, printable(entry.at("reference").get<std::string>()), plain);
    }
    if (entry.contains("words")) {
      for (const auto& word : entry.at("words")) {
        text += fmt::format("{}    {:6.2f} to {:6.2f} s{}  {}\n", dim, word.at("begin").get<double>(),
                            word.at("end").get<double>(), plain, printable(word.at("word").get<std::string>()));
      }
    }
    if (!entry.contains("n_best")) continue;
    for (const auto& hypothesis : entry.at("n_best")) {
      text += fmt::format("{}    {:8.3f}{}  {}\n", dim, hypothesis.at("log_probability").get<double>(), plain,
                          printable(hypothesis.at("text").get<std::string>()));
    }
  }
  return text;
}

}  // namespace recur
