#include "trainers/tasks/captioning.h"

#include <algorithm>
#include <limits>

#include <ATen/ops/tensor.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "datasets/catalog.h"
#include "datasets/order.h"
#include "models/vision/pretrained.h"
#include "trainers/log/format.h"
#include "trainers/tasks/named_split.h"
#include "trainers/tasks/taught_sentences.h"

namespace recur {

CaptioningExperiment::CaptioningExperiment(CaptioningOptions options, const Checkpoint* from, ReadProgress progress)
    : ExperimentOf(std::move(options)), progress_(std::move(progress)) {
  if (from != nullptr) {
    pipeline_ = TextPipeline::from_json(nlohmann::json::parse(from->pipeline_json).at("text").dump());
  } else {
    std::vector<std::string> captions;
    for (const auto& of_image : data().train.captions)
      captions.insert(captions.end(), of_image.begin(), of_image.end());
    pipeline_ = TextPipeline::fit(captions, options_.data.text);
    for (const char* name : {"train", "validation", "test"})
      split(name);  // known to hold images before hours of training
  }
  model_ = Captioner(pipeline_->vocabulary_size(), options_.model);
  if (from != nullptr) {
    load_model_state(*model_, from->model, "checkpoint");
  } else if (const auto& weights = options_.model.encoder.weights; !weights.empty()) {
    weights_report_ = load_pretrained(*model_->encoder, find_data_file(weights));
  }
  model_->to(device_);
}

const CaptionData& CaptioningExperiment::data() {
  if (!data_) data_ = read_captions(options_.data, options_.seed, progress_);
  return *data_;
}

CaptionSplit& CaptioningExperiment::split(const std::string& name) {
  auto& split = splits_[name];
  if (!split) split = std::make_unique<CaptionSplit>(named_split(data(), name), *pipeline_, options_.data.image);
  if (split->size() == 0) {
    throw DataError(
        fmt::format("the {} split holds no image; give more, or a larger data.validation_fraction or "
                    "data.test_fraction",
                    name));
  }
  return *split;
}

ImageFeatures& CaptioningExperiment::features(const std::string& name) {
  const auto& encoder = options_.model.encoder;
  // Where training images vary, only the other splits' features could be kept: then none are.
  const bool keep = encoder.frozen && encoder.cache_features && !options_.data.image.varies();
  auto& features = features_[name];
  if (!features) {
    features = std::make_unique<ImageFeatures>(split(name), model_->encoder, device_, keep, progress_);
  }
  return *features;
}

std::vector<std::string> CaptioningExperiment::data_report() {
  auto lines = data().report;
  auto& train = split("train");
  int64_t captions = 0, longest = 0;
  for (int64_t k = 0; k < train.size(); ++k) {
    captions += static_cast<int64_t>(train.captions(k).size());
    for (const auto& tokens : train.captions(k)) longest = std::max(longest, static_cast<int64_t>(tokens.size()));
  }
  lines.push_back(fmt::format(
      "images: {} train, {} validation, {} test; vocabulary of {} ({}); longest of {} training "
      "captions: {} tokens",
      format_count(train.size()), format_count(data().validation.size()), format_count(data().test.size()),
      format_count(pipeline_->vocabulary_size()), pipeline_->options().tokenizer, format_count(captions), longest));
  if (longest > options_.model.search.max_length) {
    lines.push_back(fmt::format("model.search.max_length={} cuts captions that are as long as the longest",
                                options_.model.search.max_length));
  }
  if (!weights_report_.empty()) lines.push_back(weights_report_);
  if (features("train").are_kept()) lines.push_back("features of all images are computed once and kept on disk");
  return lines;
}

CaptioningExperiment::TrainingBatch CaptioningExperiment::make_batch(CaptionSplit& train, ImageFeatures& features,
                                                                     const std::vector<int64_t>& images) {
  const int64_t most = options_.data.captions_per_image.value_or(std::numeric_limits<int64_t>::max());
  std::vector<int64_t> image_of;
  std::vector<std::vector<int64_t>> captions;
  for (size_t b = 0; b < images.size(); ++b) {
    for (auto& tokens : train.drawn_captions(images[b], most, options_.seed, epoch_)) {
      image_of.push_back(static_cast<int64_t>(b));
      captions.push_back(std::move(tokens));
    }
  }
  return {.images = features.are_kept() ? features.kept().index_select(0, at::tensor(images, torch::kInt64))
                                        : train.varied_images(images, options_.seed, epoch_),
          .image_of = at::tensor(image_of, torch::kInt64),
          .captions = taught_sentences(captions)};
}

int64_t CaptioningExperiment::start_epoch(int64_t epoch) {
  auto& train = split("train");
  auto& kept = features("train");
  if (kept.are_kept()) kept.kept();  // now, and not by several threads at once
  prefetch_ = {};                    // its threads read batches_ and epoch_
  epoch_ = epoch;
  batches_.clear();
  const auto order = epoch_order(train.size(), options_.seed, epoch);
  for (const auto& batch : order.split(options_.trainer.batch_size)) {
    batches_.emplace_back(batch.const_data_ptr<int64_t>(), batch.const_data_ptr<int64_t>() + batch.numel());
  }
  const auto count = static_cast<int64_t>(batches_.size());
  prefetch_ = Prefetch<TrainingBatch>(
      count, [this, &train, &kept](int64_t index) { return make_batch(train, kept, batches_[index]); },
      options_.data.image.workers);
  return count;
}

int64_t CaptioningExperiment::batch_examples(int64_t index) const {
  return static_cast<int64_t>(batches_[index].size());
}

torch::Tensor CaptioningExperiment::training_loss(int64_t index) {
  auto batch = prefetch_.get(index);
  auto seen = batch.images.to(device_);
  if (!features("train").are_kept()) seen = model_->encode(seen);
  const auto start = model_->start(seen).select(batch.image_of.to(device_));
  const auto decoded = model_->forward(start, batch.captions.read.to(device_), batch.captions.lengths,
                                       options_.model.loss.sampled_share(epoch_));
  return caption_loss(decoded, batch.captions, options_.model);
}

std::pair<double, int64_t> CaptioningExperiment::teacher_forced(const CaptionSplit& of, int64_t begin,
                                                                const DecoderStart& start) {
  std::vector<int64_t> image_of;
  std::vector<std::vector<int64_t>> captions;
  for (int64_t b = 0; b < start.size(); ++b) {
    for (const auto& tokens : of.captions(begin + b)) {
      image_of.push_back(b);
      captions.push_back(tokens);
    }
  }
  const auto taught = taught_sentences(captions);
  const auto decoded = model_->forward(start.select(at::tensor(image_of, torch::kInt64).to(device_)),
                                       taught.read.to(device_), taught.lengths);
  return {-sentence_log_probabilities(decoded, taught).sum().item<double>(), taught.tokens()};
}

void CaptioningExperiment::add(const std::vector<Hypothesis>& hypotheses, Written& written) const {
  for (const auto& hypothesis : hypotheses) {
    written.captions.push_back(pipeline_->decode(hypothesis.tokens));
    written.hypotheses.push_back(hypothesis);
  }
}

CaptioningExperiment::Written CaptioningExperiment::write(const std::string& name) {
  model_->eval();
  Written written;
  features(name).for_each([&](int64_t, const torch::Tensor& features) {
    add(best_of_search(model_->decoding(model_->start(features)), options_.model.search), written);
  });
  return written;
}

Metrics CaptioningExperiment::validate() {
  const auto& validation = split("validation");
  Written written;
  double loss = 0;
  int64_t tokens = 0;
  features("validation").for_each([&](int64_t begin, const torch::Tensor& features) {
    const auto start = model_->start(features);
    const auto [batch_loss, batch_tokens] = teacher_forced(validation, begin, start);
    loss += batch_loss;
    tokens += batch_tokens;
    add(best_of_search(model_->decoding(start), options_.model.search), written);
  });
  auto metrics = score_captions(written.captions, validation.references()).corpus;
  metrics["loss"] = loss / static_cast<double>(tokens);
  return metrics;
}

std::string CaptioningExperiment::pipeline_json() const {
  nlohmann::ordered_json json;
  json["text"] = nlohmann::ordered_json::parse(pipeline_->to_json());
  return json.dump();
}

TaskType captioning_task() {
  return task_type<CaptioningExperiment>("captioning", "say in a sentence what an image shows");
}

}  // namespace recur
