#include "trainers/tasks/classification.h"

#include <algorithm>

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "datasets/classification/augment.h"
#include "datasets/order.h"
#include "trainers/log/format.h"
#include "trainers/tasks/classes.h"
#include "trainers/tasks/dealt_parts.h"
#include "trainers/tasks/named_split.h"

namespace recur {
namespace {

constexpr int64_t kInputsAtOnce = 1000;

/// @throws DataError  where nothing could be learned, or nothing chosen by.
void check_splits(const ClassificationData& data) {
  const auto classes = static_cast<int64_t>(data.labels.size());
  if (2 * classes > data.train.size()) {
    throw DataError(fmt::format("{} classes for {} training examples: is that column the label (data.table.label)?",
                                classes, data.train.size()));
  }
  if (data.validation.size() == 0) {
    throw DataError(
        fmt::format("the validation split holds no example, of {} classes with {} training examples in all; "
                    "give more, or files for it (data.validation), or a larger data.validation_fraction",
                    classes, data.train.size()));
  }
}

}  // namespace

ClassificationExperiment::ClassificationExperiment(ClassificationOptions options, const Checkpoint* from)
    : ExperimentOf(std::move(options)) {
  if (options_.model.feed_forward.batch_norm && options_.trainer.batch_size < 2) {
    throw ConfigError("trainer.batch_size: batch_norm compares a batch's examples, expected 2 or more");
  }
  if (from != nullptr) {
    take_up(*from);
  } else {
    check_splits(data());
    const auto& inputs = data().train.inputs;
    pipeline_ = {.labels = data().labels,
                 .columns = data().columns,
                 .sizes = inputs.sizes().slice(1).vec(),
                 .scaler = Scaler::fit(inputs)};
  }
  model_ = VectorClassifier(pipeline_->sizes, static_cast<int64_t>(pipeline_->labels.size()), options_.model);
  if (from != nullptr) load_model_state(*model_, from->model, "checkpoint");
  model_->to(device_);
}

void ClassificationExperiment::take_up(const Checkpoint& from) {
  const auto saved = nlohmann::json::parse(from.pipeline_json);
  pipeline_ = {.labels = saved.at("labels").get<std::vector<std::string>>(),
               .columns = saved.at("columns").get<std::vector<std::string>>(),
               .sizes = saved.at("sizes").get<std::vector<int64_t>>(),
               .scaler = Scaler::from_json(saved.at("scaler"))};
}

std::string ClassificationExperiment::pipeline_json() const {
  return nlohmann::ordered_json{{"labels", pipeline_->labels},
                                {"columns", pipeline_->columns},
                                {"sizes", pipeline_->sizes},
                                {"scaler", pipeline_->scaler.to_json()}}
      .dump();
}

const ClassificationData& ClassificationExperiment::data() {
  if (!data_) {
    data_ = read_classification(options_.data, options_.seed);
    const auto sizes = data_->train.inputs.sizes().slice(1);
    if (pipeline_ && (data_->labels != pipeline_->labels || sizes != at::IntArrayRef(pipeline_->sizes))) {
      throw DataError("the data's labels or columns are no longer those that the run was trained on");
    }
  }
  return *data_;
}

const LabelledExamples& ClassificationExperiment::split(const std::string& name) {
  return named_split(data(), name);
}

std::vector<std::string> ClassificationExperiment::data_report() {
  auto lines = data().report;
  lines.push_back(fmt::format("{} classes; {}: {} train, {} validation, {} test", pipeline_->labels.size(),
                              has_images() ? "images" : "vectors", format_count(data().train.size()),
                              format_count(data().validation.size()), format_count(data().test.size())));
  lines.push_back("training examples of each class: " + class_counts(data().train.labels, pipeline_->labels));
  return lines;
}

int64_t ClassificationExperiment::start_epoch(int64_t epoch) {
  const auto& train = split("train");
  if (!class_weights_.defined()) {
    class_weights_ = class_weights(options_.model.loss, train.labels, pipeline_->labels);
    if (class_weights_.defined()) class_weights_ = class_weights_.to(device_);
  }
  epoch_ = epoch;
  batches_.clear();
  const auto order = epoch_order(train.size(), options_.seed, epoch);
  const auto* first = order.const_data_ptr<int64_t>();
  const auto* end = first + order.size(0);
  while (first < end) {
    // One example alone is no batch to batch norm; it joins the others.
    const auto size = end - first == options_.trainer.batch_size + 1
                          ? end - first
                          : std::min(options_.trainer.batch_size, end - first);
    batches_.emplace_back(first, first + size);
    first += size;
  }
  return static_cast<int64_t>(batches_.size());
}

int64_t ClassificationExperiment::batch_examples(int64_t index) const {
  return static_cast<int64_t>(batches_[index].size());
}

torch::Tensor ClassificationExperiment::loss_of(const std::vector<int64_t>& examples) {
  const auto& train = split("train");
  const auto index = at::tensor(examples, torch::kInt64);
  auto inputs = train.inputs.index_select(0, index);
  if (options_.data.augment.changes_anything()) {
    inputs = augment_images(inputs.to(torch::kFloat32), options_.data.augment, options_.seed, epoch_, examples);
  }
  const auto logits = model_->forward(pipeline_->scaler.apply(inputs.to(device_)));
  const auto weights = class_weights_.defined() ? std::optional(class_weights_) : std::nullopt;
  constexpr int64_t kIgnoreNothing = -100;
  return at::cross_entropy_loss(logits, train.labels.index_select(0, index).to(device_), weights, at::Reduction::Mean,
                                kIgnoreNothing, options_.model.loss.label_smoothing);
}

torch::Tensor ClassificationExperiment::training_loss(int64_t index) {
  return loss_of(batches_[index]);
}

std::vector<LossPart> ClassificationExperiment::training_loss_parts(int64_t index, int64_t count) {
  // With a weight of 0, and smoothing, an example counts above the line of the mean only: parts do not add up.  Batch
  // norm looks at all of a batch, and its running averages are one thread's at a time.
  const bool adds_up = !class_weights_.defined() || class_weights_.gt(0).all().item<bool>();
  if (count == 1 || !adds_up || options_.model.feed_forward.batch_norm) {
    return Experiment::training_loss_parts(index, count);
  }
  const auto& labels = split("train").labels;
  const auto weight = [&](int64_t i) {
    return class_weights_.defined() ? class_weights_[labels[i]].item<double>() : 1.0;
  };
  return dealt_parts(batches_[index], count, weight,
                     [this](const std::vector<int64_t>& examples) { return loss_of(examples); });
}

torch::Tensor ClassificationExperiment::read(const torch::Tensor& inputs) {
  torch::NoGradGuard no_grad;
  model_->eval();
  auto probabilities = at::empty({inputs.size(0), model_->classes()}, torch::kFloat64);
  for (int64_t first = 0; first < inputs.size(0); first += kInputsAtOnce) {
    const int64_t count = std::min(kInputsAtOnce, inputs.size(0) - first);
    const auto x = pipeline_->scaler.apply(inputs.narrow(0, first, count).to(device_));
    const auto logits = model_->forward(x).to(torch::kCPU, torch::kFloat64);
    probabilities.narrow(0, first, count).copy_(at::softmax(logits, 1));
  }
  return probabilities;
}

Classified ClassificationExperiment::classify(const std::string& name) {
  const auto& measured = split(name);
  if (measured.size() == 0) throw DataError(fmt::format("the {} split holds no example", name));
  return {.probabilities = read(measured.inputs), .labels = measured.labels};
}

Metrics ClassificationExperiment::validate() {
  auto metrics = classification_metrics(score_classification(classify("validation"), pipeline_->labels));
  metrics.erase("ece");
  return metrics;
}

TaskType classification_task() {
  return task_type<ClassificationExperiment>("classification",
                                             "say which class an image or a row of numbers belongs to");
}

}  // namespace recur
