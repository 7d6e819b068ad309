#include "trainers/tasks/language.h"

#include <algorithm>
#include <cmath>

#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "models/engine/cross_entropy.h"
#include "trainers/log/format.h"
#include "trainers/tasks/named_split.h"

namespace recur {
namespace {

constexpr int64_t kEvaluationSteps = 512;  // of one stream at once: the number changes memory and time, not the result
constexpr int64_t kLogitsAtOnce = 1 << 23;

}  // namespace

LanguageExperiment::LanguageExperiment(LanguageOptions options, const Checkpoint* from, ReadProgress progress)
    : ExperimentOf(std::move(options)), progress_(std::move(progress)) {
  if (from != nullptr) {
    pipeline_ = TextPipeline::from_json(nlohmann::json::parse(from->pipeline_json).at("text").dump());
  } else {
    pipeline_ = TextPipeline::fit(std::vector{data().train}, options_.data.text);
  }
  model_ = LanguageModel(pipeline_->vocabulary_size(), options_.model);
  if (from != nullptr) load_model_state(*model_, from->model, "checkpoint");
  model_->to(device_);
}

const LanguageData& LanguageExperiment::data() {
  if (!data_) data_ = read_language(options_.data, options_.seed, progress_);
  return *data_;
}

const std::vector<int64_t>& LanguageExperiment::ids(const std::string& split) {
  if (const auto known = ids_.find(split); known != ids_.end()) return known->second;
  const auto& text = named_split(data(), split);
  if (text.empty()) throw DataError(fmt::format("the {} split holds no text", split));
  return ids_.emplace(split, pipeline_->encode(text)).first->second;
}

const TokenStreams& LanguageExperiment::training_streams() {
  if (!streams_) streams_ = make_streams(ids("train"), options_.trainer.batch_size, "train");
  return *streams_;
}

std::vector<std::string> LanguageExperiment::data_report() {
  auto lines = data().report;
  const auto& streams = training_streams();
  const auto count = [&](const char* split) {
    return std::string(split) == "test" && data().test.empty() ? "0" : format_count(std::ssize(ids(split)));
  };
  lines.push_back(fmt::format("tokens: {} train, {} validation, {} test; vocabulary of {} ({})", count("train"),
                              count("validation"), count("test"), format_count(pipeline_->vocabulary_size()),
                              pipeline_->options().tokenizer));
  lines.push_back(fmt::format("{} streams of {} tokens, {} left at the end; an epoch has {} windows of {}",
                              format_count(streams.streams()), format_count(streams.tokens.size(1)), streams.dropped,
                              format_count(streams.windows(options_.data.bptt)), options_.data.bptt));
  return lines;
}

int64_t LanguageExperiment::start_epoch(int64_t /*epoch*/) {
  const auto& streams = training_streams();
  state_ = {model_->begin(streams.streams())};
  return streams.windows(options_.data.bptt);
}

int64_t LanguageExperiment::batch_examples(int64_t index) const {
  return streams_->window(index, options_.data.bptt).read.numel();
}

torch::Tensor LanguageExperiment::training_loss(int64_t index) {
  return training_loss_parts(index, 1).front()();
}

std::vector<LossPart> LanguageExperiment::training_loss_parts(int64_t index, int64_t count) {
  const auto window = training_streams().window(index, options_.data.bptt);
  const int64_t B = window.read.size(0), parts = std::clamp<int64_t>(B / kFewestOfPart, 1, count);
  const auto state = joined_state();
  state_.assign(parts, {});
  std::vector<LossPart> losses;
  for (int64_t part = 0; part < parts; ++part) {
    const int64_t first = B * part / parts, streams = B * (part + 1) / parts - first;
    std::vector<torch::Tensor> from;
    for (const auto& of_all : state) from.push_back(of_all.narrow(1, first, streams));
    losses.emplace_back([this, part, from, read = window.read.narrow(0, first, streams),
                         written = window.written.narrow(0, first, streams),
                         share = static_cast<double>(streams) / static_cast<double>(B)] {
      auto made = model_->forward(read.to(device_), from);
      for (const auto& to : made.state) state_[part].push_back(to.detach());
      return share * engine::cross_entropy(made.logits.flatten(0, 1), written.flatten().to(device_));
    });
  }
  return losses;
}

std::vector<torch::Tensor> LanguageExperiment::joined_state() const {
  if (state_.size() == 1) return state_.front();
  std::vector<torch::Tensor> joined;
  for (size_t s = 0; s < state_.front().size(); ++s) {
    std::vector<torch::Tensor> parts;
    for (const auto& part : state_) parts.push_back(part[s]);
    joined.push_back(at::cat(parts, 1));
  }
  return joined;
}

std::map<std::string, torch::Tensor> LanguageExperiment::carried_state() const {
  std::map<std::string, torch::Tensor> saved;
  const auto& names = model_->decoder->recurrent->cell().states;
  const auto state = joined_state();
  for (size_t s = 0; s < state.size(); ++s) saved[names[s]] = state[s].to(torch::kCPU);
  return saved;
}

void LanguageExperiment::restore_carried_state(const std::map<std::string, torch::Tensor>& saved) {
  state_.assign(1, {});
  for (const auto& name : model_->decoder->recurrent->cell().states) {
    state_.front().push_back(saved.at(name).to(device_));
  }
}

double LanguageExperiment::nats_per_token(const std::vector<int64_t>& ids, const std::string& split, int64_t count) {
  torch::NoGradGuard no_grad;
  model_->eval();
  const auto streams = make_streams(ids, count, split);
  const int64_t steps = std::clamp<int64_t>(kLogitsAtOnce / pipeline_->vocabulary_size() / count, 1, kEvaluationSteps);
  auto state = model_->begin(count);
  double sum = 0;
  for (int64_t index = 0; index < streams.windows(steps); ++index) {
    const auto window = streams.window(index, steps);
    auto read = model_->forward(window.read.to(device_), state);
    state = std::move(read.state);
    sum +=
        at::cross_entropy_loss(read.logits.flatten(0, 1), window.written.flatten().to(device_), {}, at::Reduction::Sum)
            .item<double>();
  }
  return sum / static_cast<double>(streams.predictions());
}

Metrics LanguageExperiment::validate() {
  // In as many streams as training has, which takes a fraction of the time: each starts without knowing what came
  // before, so that this loss is a little above evaluate()'s.
  const auto& tokens = ids("validation");
  const auto count = std::clamp<int64_t>(std::ssize(tokens) / 2, 1, options_.trainer.batch_size);
  const double loss = nats_per_token(tokens, "validation", count);
  return {{"loss", loss}, {"perplexity", std::exp(loss)}};
}

std::string LanguageExperiment::pipeline_json() const {
  nlohmann::ordered_json json;
  json["text"] = nlohmann::ordered_json::parse(pipeline_->to_json());
  return json.dump();
}

TaskType language_task() {
  return task_type<LanguageExperiment>("language", "say what comes next in a text");
}

}  // namespace recur
