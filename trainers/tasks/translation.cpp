#include "trainers/tasks/translation.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/special_tokens.h"
#include "datasets/text/writer.h"
#include "trainers/log/format.h"
#include "trainers/metrics/translation_scores.h"
#include "trainers/tasks/dealt_parts.h"
#include "trainers/tasks/named_split.h"
#include "trainers/tasks/taught_sentences.h"

namespace recur {
namespace {

constexpr int64_t kSentencesAtOnce = 128;  // sentences, over the beam's width

/// Share of a split's tokens that the vocabulary does not know, in percent.
double unknown_percent(const EncodedTexts& texts) {
  int64_t unknown = 0, all = 0;
  for (const auto& ids : texts.ids) {
    unknown += std::ranges::count(ids, kUnknownToken);
    all += static_cast<int64_t>(ids.size());
  }
  return 100 * static_cast<double>(unknown) / static_cast<double>(std::max<int64_t>(all, 1));
}

}  // namespace

TranslationExperiment::TranslationExperiment(TranslationOptions options, const Checkpoint* from, ReadProgress progress)
    : ExperimentOf(std::move(options)), progress_(std::move(progress)) {
  const bool joint = options_.data.joint_vocabulary;
  if (from != nullptr) {
    const auto saved = nlohmann::json::parse(from->pipeline_json);
    source_ = TextPipeline::from_json(saved.at("source").dump());
    if (!joint) target_ = TextPipeline::from_json(saved.at("target").dump());
  } else {
    auto texts = data().train.source;
    if (joint) texts.insert(texts.end(), data().train.target.begin(), data().train.target.end());
    source_ = TextPipeline::fit(texts, options_.data.source_text);
    if (!joint) target_ = TextPipeline::fit(data().train.target, options_.data.target_text);
  }
  model_ = Translator(source_->vocabulary_size(), target_pipeline().vocabulary_size(), options_.model);
  if (from != nullptr) load_model_state(*model_, from->model, "checkpoint");
  model_->to(device_);
}

const TranslationData& TranslationExperiment::data() {
  if (!data_) data_ = read_translation(options_.data, options_.seed, progress_);
  return *data_;
}

const TranslationExperiment::Split& TranslationExperiment::split(const std::string& name) {
  if (const auto known = splits_.find(name); known != splits_.end()) return known->second;
  const auto& pairs = named_split(data(), name);
  if (pairs.size() == 0) throw DataError(fmt::format("the {} split holds no pair of sentences", name));
  return splits_
      .emplace(name, Split{.pairs = &pairs,
                           .source = EncodedTexts(pairs.source, *source_),
                           .target = EncodedTexts(pairs.target, target_pipeline())})
      .first->second;
}

std::vector<std::string> TranslationExperiment::data_report() {
  auto lines = data().report;
  const auto& train = split("train");
  const auto longest = std::ranges::max(train.target.lengths);
  lines.push_back(fmt::format("pairs: {} train, {} validation, {} test", format_count(train.size()),
                              format_count(data().validation.size()), format_count(data().test.size())));
  const auto side = [&](const char* name, const TextPipeline& pipeline, const EncodedTexts& texts) {
    lines.push_back(fmt::format("{}: vocabulary of {} ({}), {:.2f} % of the training tokens unknown, longest {}", name,
                                format_count(pipeline.vocabulary_size()), pipeline.options().tokenizer,
                                unknown_percent(texts), format_count(std::ranges::max(texts.lengths))));
  };
  side("source", *source_, train.source);
  side("target", target_pipeline(), train.target);
  if (longest > options_.model.search.max_length) {
    lines.push_back(fmt::format("model.search.max_length={} cuts translations that are as long as the longest",
                                options_.model.search.max_length));
  }
  return lines;
}

TranslationExperiment::TrainingBatch TranslationExperiment::make_batch(const Split& from,
                                                                       const std::vector<int64_t>& indices) const {
  std::vector<std::vector<int64_t>> targets;
  for (const int64_t index : indices) targets.push_back(from.target.ids[index]);
  return {.source = pad_tokens(from.source.ids, indices), .target = taught_sentences(targets)};
}

int64_t TranslationExperiment::start_epoch(int64_t epoch) {
  const auto& train = split("train");
  prefetch_ = {};  // its thread reads batches_
  epoch_ = epoch;
  batches_ =
      plan_batches(train.target.lengths, options_.trainer.batch_size, options_.data.batches, options_.seed, epoch);
  const auto count = static_cast<int64_t>(batches_.size());
  prefetch_ =
      Prefetch<TrainingBatch>(count, [this, &train](int64_t index) { return make_batch(train, batches_[index]); });
  return count;
}

int64_t TranslationExperiment::batch_examples(int64_t index) const {
  return static_cast<int64_t>(batches_[index].size());
}

torch::Tensor TranslationExperiment::loss_of(const TrainingBatch& batch) {
  const auto start = model_->start(batch.source.tokens.to(device_), batch.source.lengths);
  const auto decoded = model_->forward(start, batch.target.read.to(device_), batch.target.lengths,
                                       options_.model.loss.sampled_share(epoch_));
  return token_cross_entropy(decoded, batch.target, options_.model.loss.label_smoothing);
}

torch::Tensor TranslationExperiment::training_loss(int64_t index) {
  return loss_of(prefetch_.get(index));
}

std::vector<LossPart> TranslationExperiment::training_loss_parts(int64_t index, int64_t count) {
  if (count == 1) return Experiment::training_loss_parts(index, count);
  const auto& train = split("train");
  return dealt_parts(
      batches_[index], count,
      [&](int64_t i) { return static_cast<double>(train.target.lengths[i] + 1); },  // and its end
      [this, &train](const std::vector<int64_t>& examples) { return loss_of(make_batch(train, examples)); });
}

std::pair<double, int64_t> TranslationExperiment::teacher_forced(const Split& of) {
  torch::NoGradGuard no_grad;
  model_->eval();
  double loss = 0;
  int64_t tokens = 0;
  for (const auto& indices : batches_by_length(of.target.lengths, kSentencesAtOnce)) {
    const auto batch = make_batch(of, indices);
    const auto start = model_->start(batch.source.tokens.to(device_), batch.source.lengths);
    const auto decoded = model_->forward(start, batch.target.read.to(device_), batch.target.lengths);
    loss -= sentence_log_probabilities(decoded, batch.target).sum().item<double>();
    tokens += batch.target.tokens();
  }
  return {loss, tokens};
}

std::vector<std::vector<Hypothesis>> TranslationExperiment::write(const EncodedTexts& source,
                                                                  const SearchOptions& search,
                                                                  const std::optional<SamplingOptions>& sampling) {
  torch::NoGradGuard no_grad;
  model_->eval();
  std::vector<std::vector<Hypothesis>> written(static_cast<size_t>(source.size()));
  const auto at_once = std::max<int64_t>(1, kSentencesAtOnce / search.beam_width);
  for (const auto& indices : batches_by_length(source.lengths, at_once)) {
    const auto batch = pad_tokens(source.ids, indices);
    const auto start = model_->start(batch.tokens.to(device_), batch.lengths);
    auto decoding = decoding_of(*model_->decoder, start, search);
    if (search.beam_width > 1 && !sampling) {
      auto found = beam_search(std::move(decoding), search);
      for (size_t row = 0; row < indices.size(); ++row) written[indices[row]] = std::move(found[row]);
      continue;
    }
    auto found = sampling ? sample(std::move(decoding), *sampling) : greedy_search(decoding, search.max_length);
    for (size_t row = 0; row < indices.size(); ++row) written[indices[row]] = {std::move(found[row])};
  }
  return written;
}

std::string TranslationExperiment::text_of(const Hypothesis& hypothesis) const {
  const auto text = target_pipeline().decode(hypothesis.tokens);
  return target_pipeline().options().tokenizer == "word" ? detokenize(text) : text;
}

std::vector<std::string> TranslationExperiment::best_translations(const EncodedTexts& source,
                                                                  std::vector<Hypothesis>* best) {
  std::vector<std::string> texts;
  for (auto& hypotheses : write(source, options_.model.search)) {
    texts.push_back(text_of(hypotheses.front()));
    if (best != nullptr) best->push_back(std::move(hypotheses.front()));
  }
  return texts;
}

Metrics TranslationExperiment::validate() {
  const auto& validation = split("validation");
  auto metrics = score_translations(best_translations(validation.source), validation.pairs->target);
  const auto [loss, tokens] = teacher_forced(validation);
  metrics["loss"] = loss / static_cast<double>(tokens);
  metrics["perplexity"] = std::exp(metrics["loss"]);
  return metrics;
}

std::string TranslationExperiment::pipeline_json() const {
  nlohmann::ordered_json json;
  json["source"] = nlohmann::ordered_json::parse(source_->to_json());
  if (target_) json["target"] = nlohmann::ordered_json::parse(target_->to_json());
  return json.dump();
}

TaskType translation_task() {
  return task_type<TranslationExperiment>("translation", "say in another language what a sentence says");
}

}  // namespace recur
