#include "trainers/tasks/sentiment.h"

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "datasets/text/word_vectors.h"
#include "trainers/log/format.h"
#include "trainers/tasks/classes.h"
#include "trainers/tasks/dealt_parts.h"
#include "trainers/tasks/named_split.h"

namespace recur {
namespace {

constexpr int64_t kReviewsAtOnce = 128;
constexpr int64_t kLongText = 2000;  // tokens: longer than any review of IMDB

/// @throws DataError  where nothing could be learned, or nothing chosen by.
void check_splits(const SentimentData& data) {
  const auto classes = static_cast<int64_t>(data.labels.size());
  if (2 * classes > data.train.size()) {
    throw DataError(fmt::format("{} classes for {} training texts: is that column the label (data.table.label)?",
                                classes, data.train.size()));
  }
  if (data.validation.size() == 0) {
    throw DataError(
        fmt::format("the validation split holds no text, of {} classes with {} training texts in all; give "
                    "more, or files for it (data.validation), or a larger data.validation_fraction",
                    classes, data.train.size()));
  }
}

}  // namespace

SentimentExperiment::SentimentExperiment(SentimentOptions options, const Checkpoint* from, ReadProgress progress)
    : ExperimentOf(std::move(options)), progress_(std::move(progress)) {
  if (from != nullptr) {
    const auto saved = nlohmann::json::parse(from->pipeline_json);
    pipeline_ = TextPipeline::from_json(saved.at("text").dump());
    labels_ = saved.at("labels").get<std::vector<std::string>>();
  } else {
    labels_ = data().labels;
    check_splits(data());
    pipeline_ = TextPipeline::fit(data().train.texts, options_.data.text);
  }
  const auto classes = static_cast<int64_t>(labels_.size());
  model_ = Classifier(pipeline_->vocabulary_size(), classes, options_.model);
  if (from != nullptr) {
    load_model_state(*model_, from->model, "checkpoint");
  } else if (const auto& vectors = options_.data.vectors; !vectors.file.empty()) {
    const auto loaded = load_word_vectors(vectors, pipeline_->vocabulary(), options_.seed, progress_);
    if (loaded.weight.size(1) != options_.model.embedding_size) {
      throw ConfigError(fmt::format("model.embedding_size: the vectors of {} have {} columns, the config says {}",
                                    vectors.file, loaded.weight.size(1), options_.model.embedding_size));
    }
    torch::NoGradGuard no_grad;
    model_->embedding->weight.copy_(loaded.weight);
    vectors_report_ = loaded.report;
  }
  model_->embedding->weight.set_requires_grad(options_.data.vectors.file.empty() || !options_.data.vectors.frozen);
  model_->to(device_);
}

const SentimentData& SentimentExperiment::data() {
  if (!data_) data_ = read_sentiment(options_.data, options_.seed, progress_);
  return *data_;
}

const SentimentExperiment::Split& SentimentExperiment::split(const std::string& name) {
  if (const auto known = splits_.find(name); known != splits_.end()) return known->second;
  const auto& source = named_split(data(), name);
  if (data().labels != labels_) throw DataError("the data's labels are no longer those that the run was trained on");
  return splits_
      .emplace(name, Split{.source = &source,
                           .encoded = EncodedTexts(source.texts, *pipeline_),
                           .labels = at::tensor(source.labels, torch::kInt64)})
      .first->second;
}

std::string SentimentExperiment::length_report() {
  auto lengths = split("train").encoded.lengths;
  std::ranges::sort(lengths);
  const auto median = lengths[lengths.size() / 2], longest = lengths.back();
  auto line =
      fmt::format("tokens of a training text: median {}, longest {}", format_count(median), format_count(longest));
  if (longest > kLongText) {
    line += fmt::format("; such a text costs a step for each: data.text.max_tokens={} cuts it", kLongText);
  }
  return line;
}

std::vector<std::string> SentimentExperiment::data_report() {
  auto lines = data().report;
  lines.push_back(fmt::format("{} classes; texts: {} train, {} validation, {} test; vocabulary of {} ({})",
                              labels_.size(), format_count(data().train.size()), format_count(data().validation.size()),
                              format_count(data().test.size()), format_count(pipeline_->vocabulary_size()),
                              pipeline_->options().tokenizer));
  lines.push_back("training texts of each class: " + class_counts(split("train").labels, labels_));
  lines.push_back(length_report());
  if (!vectors_report_.empty()) lines.push_back(vectors_report_);
  return lines;
}

int64_t SentimentExperiment::start_epoch(int64_t epoch) {
  const auto& train = split("train");
  if (!class_weights_.defined()) {
    class_weights_ = class_weights(options_.model.loss, split("train").labels, labels_);
    if (class_weights_.defined()) class_weights_ = class_weights_.to(device_);
  }
  prefetch_ = {};  // its thread reads batches_
  batches_ =
      plan_batches(train.encoded.lengths, options_.trainer.batch_size, options_.data.batches, options_.seed, epoch);
  const auto count = static_cast<int64_t>(batches_.size());
  prefetch_ =
      Prefetch<TrainingBatch>(count, [this, &train](int64_t index) { return make_batch(train, batches_[index]); });
  return count;
}

SentimentExperiment::TrainingBatch SentimentExperiment::make_batch(const Split& from,
                                                                   const std::vector<int64_t>& indices) {
  return {.tokens = pad_tokens(from.encoded.ids, indices),
          .labels = from.labels.index_select(0, at::tensor(indices, torch::kInt64))};
}

int64_t SentimentExperiment::batch_examples(int64_t index) const {
  return static_cast<int64_t>(batches_[index].size());
}

torch::Tensor SentimentExperiment::loss_of(const TrainingBatch& batch) {
  const auto result = model_->forward(batch.tokens.tokens.to(device_), batch.tokens.lengths);
  const std::optional<torch::Tensor> weights =
      class_weights_.defined() ? std::optional(class_weights_.to(result.logits.scalar_type())) : std::nullopt;
  constexpr int64_t kIgnoreNothing = -100;
  return at::cross_entropy_loss(result.logits, batch.labels.to(device_), weights, at::Reduction::Mean, kIgnoreNothing,
                                options_.model.loss.label_smoothing);
}

torch::Tensor SentimentExperiment::training_loss(int64_t index) {
  return loss_of(prefetch_.get(index));
}

std::vector<LossPart> SentimentExperiment::training_loss_parts(int64_t index, int64_t count) {
  // With a weight of 0, and smoothing, an example counts above the line of the mean only: parts do not add up.
  const bool adds_up = !class_weights_.defined() || class_weights_.gt(0).all().item<bool>();
  if (count == 1 || !adds_up) return Experiment::training_loss_parts(index, count);
  const auto& train = split("train");
  const auto weight = [&](int64_t i) {
    return class_weights_.defined() ? class_weights_[train.labels[i]].item<double>() : 1.0;
  };
  return dealt_parts(batches_[index], count, weight, [this, &train](const std::vector<int64_t>& examples) {
    return loss_of(make_batch(train, examples));
  });
}

SentimentExperiment::Reading SentimentExperiment::read(const EncodedTexts& texts) {
  torch::NoGradGuard no_grad;
  model_->eval();
  Reading reading{.probabilities = at::empty({texts.size(), model_->classes()}, torch::kFloat64),
                  .attention = std::vector<std::vector<double>>(model_->pooling->has_attention() ? texts.size() : 0)};
  for (const auto& indices : batches_by_length(texts.lengths, kReviewsAtOnce)) {
    const auto batch = pad_tokens(texts.ids, indices);
    const auto result = model_->forward(batch.tokens.to(device_), batch.lengths);
    const auto probabilities = at::softmax(result.logits.to(torch::kCPU, torch::kFloat64), 1);
    reading.probabilities.index_copy_(0, at::tensor(indices, torch::kInt64), probabilities);
    if (!result.attention.defined()) continue;
    const auto weights = result.attention.to(torch::kCPU, torch::kFloat64).contiguous();
    for (size_t row = 0; row < indices.size(); ++row) {
      const auto* first = weights.const_data_ptr<double>() + static_cast<int64_t>(row) * weights.size(1);
      reading.attention[indices[row]].assign(first, first + texts.lengths[indices[row]]);
    }
  }
  return reading;
}

Metrics SentimentExperiment::validate() {
  const auto& validation = split("validation");
  const auto score = score_classification(
      {.probabilities = read(validation.encoded).probabilities, .labels = validation.labels}, labels_);
  auto metrics = classification_metrics(score);
  metrics.erase("ece");
  return metrics;
}

std::string SentimentExperiment::pipeline_json() const {
  nlohmann::ordered_json json;
  json["text"] = nlohmann::ordered_json::parse(pipeline_->to_json());
  json["labels"] = labels_;
  return json.dump();
}

TaskType sentiment_task() {
  return task_type<SentimentExperiment>("sentiment", "say which class a text belongs to");
}

}  // namespace recur
