#include "trainers/tasks/memory.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "trainers/log/format.h"

namespace recur {
namespace {

constexpr int64_t kExamplesAtOnce = 250;

std::string title_of(const MemoryDataOptions& data) {
  if (data.format == "adding") return fmt::format("adding problem of {} steps", data.length);
  if (data.format == "copy") {
    return fmt::format("copying problem: {} of {} symbols over {} steps", data.copied, data.symbols, data.length);
  }
  if (data.format == "reber") return "embedded Reber grammar";
  if (data.format == "parity") {
    return fmt::format("parity of 1 to {} bits, in the test split to {}", data.longest, data.test_longest);
  }
  return fmt::format("a^n b^n, n = 1 to {}, in the test split to {}", data.longest, data.test_longest);
}

}  // namespace

MemoryExperiment::MemoryExperiment(MemoryOptions options, const Checkpoint* from)
    : ExperimentOf(std::move(options)), shape_(memory_shape(options_.data)) {
  model_ = SequenceReader(shape_.features, shape_.outputs, shape_.regression ? ReadOut::kLastStep : ReadOut::kEveryStep,
                          options_.model);
  if (from != nullptr) load_model_state(*model_, from->model, "checkpoint");
  model_->to(device_);
}

MemoryBatch MemoryExperiment::batch(MemorySplit split, int64_t first, int64_t count, int64_t epoch) const {
  return memory_batch(options_.data, options_.seed, split, epoch, first, count);
}

std::vector<std::string> MemoryExperiment::data_report() {
  return {fmt::format("{}; examples: {} train, anew in each epoch, {} validation, {} test", title_of(options_.data),
                      format_count(memory_examples(options_.data, MemorySplit::kTrain)),
                      format_count(memory_examples(options_.data, MemorySplit::kValidation)),
                      format_count(memory_examples(options_.data, MemorySplit::kTest)))};
}

int64_t MemoryExperiment::start_epoch(int64_t epoch) {
  epoch_ = epoch;
  return (options_.data.train_examples + options_.trainer.batch_size - 1) / options_.trainer.batch_size;
}

int64_t MemoryExperiment::batch_examples(int64_t index) const {
  const int64_t size = options_.trainer.batch_size;
  return std::min(size, options_.data.train_examples - index * size);
}

torch::Tensor MemoryExperiment::training_loss(int64_t index) {
  const auto drawn = batch(MemorySplit::kTrain, index * options_.trainer.batch_size, batch_examples(index), epoch_);
  return memory_loss(model_->forward(drawn.x.to(device_), drawn.lengths), drawn);
}

torch::Tensor MemoryExperiment::run_model(const MemoryBatch& batch) {
  torch::NoGradGuard no_grad;
  model_->eval();
  return model_->forward(batch.x.to(device_), batch.lengths);
}

MemoryScore MemoryExperiment::measure(MemorySplit split) {
  MemoryScore score;
  const int64_t count = memory_examples(options_.data, split);
  for (int64_t first = 0; first < count; first += kExamplesAtOnce) {
    const auto drawn = batch(split, first, std::min(kExamplesAtOnce, count - first));
    score.add(run_model(drawn), drawn);
  }
  return score;
}

Metrics MemoryExperiment::validate() {
  return measure(MemorySplit::kValidation).metrics();
}

TaskType memory_task() {
  return task_type<MemoryExperiment>("memory", "keep in mind what was read: the tests by which cells are compared");
}

}  // namespace recur
