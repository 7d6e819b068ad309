#include "trainers/tasks/speech.h"

#include <algorithm>
#include <set>

#include <ATen/ops/zeros.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "datasets/audio/variation.h"
#include "datasets/batches.h"
#include "trainers/log/format.h"
#include "trainers/metrics/word_errors.h"
#include "trainers/tasks/dealt_parts.h"
#include "trainers/tasks/language_scorer.h"
#include "trainers/tasks/named_split.h"

namespace recur {
namespace {

constexpr int64_t kUtterancesAtOnce = 32;
constexpr int64_t kWorkers = 2;  // threads that make batches ahead of the trainer

}  // namespace

SpeechExperiment::SpeechExperiment(SpeechOptions options, const Checkpoint* from, ReadProgress progress)
    : ExperimentOf(std::move(options)), progress_(std::move(progress)) {
  if (from != nullptr) {
    const auto saved = nlohmann::json::parse(from->pipeline_json);
    text_ = TextPipeline::from_json(saved.at("text").dump());
    sound_ = SoundPipeline::from_json(options_.data.features, saved.at("sound").dump());
  } else {
    std::vector<std::string> texts;
    for (const auto& utterance : data().train) texts.push_back(utterance.text);
    text_ = TextPipeline::fit(texts, options_.data.text);
    sound_ = SoundPipeline::fit(data().train, options_.data.features, options_.seed, progress_);
  }
  model_ = make_transcriber(sound_->columns(), text_->vocabulary_size(), options_.model);
  if (from != nullptr) load_model_state(*model_, from->model, "checkpoint");
  model_->to(device_);
  if (const auto& run = options_.model.ctc.language_model; model_->is_ctc() && !run.empty()) {
    language_ = language_scorer(run, text_->vocabulary(), text_->options().tokenizer);
  }
}

const SpeechData& SpeechExperiment::data() {
  if (!data_) data_ = read_speech(options_.data, options_.seed, progress_);
  return *data_;
}

const SpeechExperiment::Split& SpeechExperiment::split(const std::string& name) {
  if (const auto known = splits_.find(name); known != splits_.end()) return known->second;
  const auto& utterances = named_split(data(), name);
  if (utterances.empty()) throw DataError(fmt::format("the {} split holds no utterance", name));
  Split split;
  const double shortest = 1 + options_.data.variation.speed;  // faster speech has fewer frames
  for (const auto& utterance : utterances) {
    auto tokens = text_->encode(utterance.text);
    const auto frames = sound_->frames(utterance.seconds);
    if (name == "train" && !model_->fits(sound_->frames(utterance.seconds / shortest), tokens)) {
      ++left_out_;
      continue;
    }
    split.utterances.push_back(utterance);
    split.texts.push_back(text_->canonical(utterance.text));
    split.tokens.push_back(std::move(tokens));
    split.frames.push_back(frames);
  }
  if (split.utterances.empty()) {
    throw DataError(
        fmt::format("each of the {} training utterances has fewer steps than letters: fewer "
                    "model.encoder.convolution.layers or a smaller stride, or a smaller data.features.hop_ms",
                    utterances.size()));
  }
  split.speakers = sound_->speaker_statistics(split.utterances);
  return splits_.emplace(name, std::move(split)).first->second;
}

std::vector<std::string> SpeechExperiment::data_report() {
  auto lines = data().report;
  const auto& train = split("train");
  double seconds = 0;
  std::set<std::string> speakers;
  for (const auto& utterance : train.utterances) {
    seconds += utterance.seconds;
    if (!utterance.speaker.empty()) speakers.insert(utterance.speaker);
  }
  lines.push_back(fmt::format("utterances: {} train ({:.1f} minutes{}), {} validation, {} test",
                              format_count(train.size()), seconds / 60,
                              speakers.empty() ? "" : fmt::format(" of {} speakers", speakers.size()),
                              format_count(std::ssize(data().validation)), format_count(std::ssize(data().test))));
  if (left_out_ > 0) {
    lines.push_back(fmt::format("train: {} utterances left out whose sound has fewer steps than their text has tokens",
                                format_count(left_out_)));
  }
  lines.push_back(fmt::format("frames of {} columns; vocabulary of {} ({})", sound_->columns(),
                              format_count(text_->vocabulary_size()), text_->options().tokenizer));
  return lines;
}

torch::Tensor SpeechExperiment::frames_of(const Split& from, int64_t index) const {
  const auto& utterance = from.utterances[index];
  return sound_->frames_of(sound_->samples_of(utterance.read()), from.speakers.find(utterance.speaker));
}

torch::Tensor SpeechExperiment::varied_frames(const Split& from, int64_t index) const {
  const auto& utterance = from.utterances[index];
  const auto& variation = options_.data.variation;
  Draw draw({options_.seed, epoch_, index});
  const auto samples = vary_samples(sound_->samples_of(utterance.read()), variation, draw);
  return mask_spectrum(sound_->frames_of(samples, from.speakers.find(utterance.speaker)), variation, draw,
                       sound_->bands());
}

SpeechExperiment::Batch SpeechExperiment::make_batch(const Split& from, const std::vector<int64_t>& indices,
                                                     bool varied) const {
  std::vector<torch::Tensor> each;
  std::vector<int64_t> lengths, token_counts;
  for (const int64_t index : indices) {
    each.push_back(varied ? varied_frames(from, index) : frames_of(from, index));
    lengths.push_back(each.back().size(0));
    token_counts.push_back(std::ssize(from.tokens[index]));
  }
  auto frames = at::zeros({std::ssize(indices), std::ranges::max(lengths), sound_->columns()});
  for (size_t b = 0; b < each.size(); ++b) {
    frames[static_cast<int64_t>(b)].narrow(0, 0, lengths[b]).copy_(each[b]);
  }
  auto tokens = pad_tokens(from.tokens, indices);
  return {.sound = {.frames = frames, .lengths = torch::tensor(lengths)},
          .targets = {.tokens = tokens.tokens, .lengths = tokens.lengths}};
}

int64_t SpeechExperiment::start_epoch(int64_t epoch) {
  const auto& train = split("train");
  prefetch_ = {};  // its threads read batches_ and epoch_
  epoch_ = epoch;
  const auto& batches = options_.data.batches;
  BatchOptions planned{.bucket = batches.bucket};
  if (batches.max_seconds) planned.max_tokens = sound_->frames(*batches.max_seconds);
  batches_ = plan_batches(train.frames, options_.trainer.batch_size, planned, options_.seed, epoch);
  const auto count = static_cast<int64_t>(batches_.size());
  prefetch_ = Prefetch<Batch>(
      count, [this, &train](int64_t index) { return make_batch(train, batches_[index], /*varied=*/true); }, kWorkers);
  return count;
}

int64_t SpeechExperiment::batch_examples(int64_t index) const {
  return static_cast<int64_t>(batches_[index].size());
}

torch::Tensor SpeechExperiment::loss_of(const Batch& batch) {
  return model_->loss({batch.sound.frames.to(device_), batch.sound.lengths}, batch.targets, epoch_);
}

torch::Tensor SpeechExperiment::training_loss(int64_t index) {
  return loss_of(prefetch_.get(index));
}

std::vector<LossPart> SpeechExperiment::training_loss_parts(int64_t index, int64_t count) {
  if (count == 1) return Experiment::training_loss_parts(index, count);
  const auto& train = split("train");
  return dealt_parts(
      batches_[index], count,
      [&](int64_t i) { return model_->is_ctc() ? 1.0 : static_cast<double>(std::ssize(train.tokens[i]) + 1); },
      [this, &train](const std::vector<int64_t>& examples) { return loss_of(make_batch(train, examples, true)); });
}

SpeechExperiment::Heard SpeechExperiment::listen(const Split& to, int64_t beam_width) {
  torch::NoGradGuard no_grad;
  model_->eval();
  Heard heard;
  heard.transcripts.resize(static_cast<size_t>(to.size()));
  int64_t tokens = 0;
  for (const auto& indices : batches_by_length(to.frames, std::max<int64_t>(1, kUtterancesAtOnce / beam_width))) {
    const auto batch = make_batch(to, indices, /*varied=*/false);
    const FrameBatch sound{batch.sound.frames.to(device_), batch.sound.lengths};
    auto found = model_->transcribe(sound, beam_width, language_.get());
    for (size_t row = 0; row < indices.size(); ++row) heard.transcripts[indices[row]] = std::move(found[row]);
    const auto each = model_->negative_log_likelihood(sound, batch.targets);
    const auto possible = each.isfinite();  // not where a text is longer than its sound
    heard.loss += each.masked_select(possible).sum().item<double>();
    tokens += batch.targets.lengths.masked_select(possible).sum().item<int64_t>();
  }
  heard.loss /= static_cast<double>(std::max<int64_t>(tokens, 1));
  for (const auto& hypotheses : heard.transcripts) heard.texts.push_back(text_of(hypotheses.front().tokens));
  return heard;
}

Metrics SpeechExperiment::score(const Split& of, const Heard& heard) {
  auto metrics = score_transcripts(heard.texts, of.texts);
  metrics["loss"] = heard.loss;
  return metrics;
}

Metrics SpeechExperiment::validate() {
  const auto& validation = split("validation");
  return score(validation, listen(validation, model_->beam_width()));
}

std::string SpeechExperiment::pipeline_json() const {
  nlohmann::ordered_json json;
  json["text"] = nlohmann::ordered_json::parse(text_->to_json());
  json["sound"] = nlohmann::ordered_json::parse(sound_->to_json());
  return json.dump();
}

TaskType speech_task() {
  return task_type<SpeechExperiment>("speech", "write down what is said");
}

}  // namespace recur
