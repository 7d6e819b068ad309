// One optimizer step of the training loop, and the evaluation after it.
#include <algorithm>
#include <chrono>
#include <cmath>

#include <ATen/ops/isfinite.h>
#include <ATen/ops/stack.h>

#include "core/autocast.h"
#include "core/error.h"
#include "trainers/fit_loop.h"
#include "trainers/gradients.h"
#include "trainers/parallel_backward.h"
#include "trainers/schedule.h"

namespace recur::detail {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The averaged weights are in the model as long as this lives.
class AveragedWeights {
 public:
  explicit AveragedWeights(std::optional<WeightAverage>& average) : average_(average) { exchange(); }
  ~AveragedWeights() { exchange(); }
  AveragedWeights(const AveragedWeights&) = delete;
  AveragedWeights& operator=(const AveragedWeights&) = delete;

 private:
  void exchange() {
    if (average_) average_->exchange();
  }
  std::optional<WeightAverage>& average_;
};

}  // namespace

void FitLoop::advance() {
  if (epoch_ended()) start_epoch(epoch_ + 1);
  tell(&FitObserver::on_step, step());
  if (evaluation_due()) evaluate();
}

void FitLoop::start_epoch(int64_t epoch) {
  epoch_ = epoch;
  batches_ = task_.start_epoch(epoch);
  if (batches_ < 1)
    throw Error(fmt::format("training: epoch {} has no batches; is the training split empty?", epoch + 1));
  state_.batch = 0;
  state_.loss_sum = 0.0;
  state_.examples = 0;
}

StepReport FitLoop::step() {
  const auto started = Clock::now();
  const int64_t first = state_.batch;
  const int64_t last = std::min(first + options_.accumulate, batches_);
  int64_t examples = 0;
  for (int64_t batch = first; batch < last; ++batch) examples += task_.batch_examples(batch);

  const double rate = learning_rate();
  optimizer_.set_learning_rate(rate);
  optimizer_.zero_grad();
  auto values = backward(first, last, examples);
  values.push_back(gradient_norm(optimizer_.parameters()).to(values.front()));
  const auto numbers = at::stack(values).to(torch::kCPU, torch::kDouble);  // the step's only wait for the device
  check_finite(numbers, first);
  const double norm = numbers[-1].item<double>();
  const double loss = numbers.slice(0, 0, -1).sum().item<double>();
  clip(norm);
  optimizer_.step();
  ++step_;
  if (average_) average_->update(step_);

  state_.batch = last;
  state_.loss_sum += loss * static_cast<double>(examples);
  state_.examples += examples;
  return {.step = step_,
          .epoch = epoch_,
          .batch = state_.batch,
          .batches = batches_,
          .examples = examples,
          .loss = loss,
          .epoch_loss = epoch_loss(),
          .learning_rate = rate,
          .gradient_norm = norm,
          .examples_per_second = static_cast<double>(examples) / std::max(1e-9, seconds_since(started)),
          .log = step_ % options_.log_every_steps == 0};
}

/// Each batch counts by its examples, so that several small batches are one large one.
std::vector<torch::Tensor> FitLoop::backward(int64_t first, int64_t last, int64_t examples) {
  std::vector<torch::Tensor> losses;
  for (int64_t batch = first; batch < last; ++batch) {
    const double share =
        last - first == 1 ? 1.0 : static_cast<double>(task_.batch_examples(batch)) / static_cast<double>(examples);
    const auto parts = loss_parts(batch);
    if (parts.size() > 1) {
      losses.push_back(parallel_backward(*team_, parts, share, optimizer_.parameters()));
    } else {
      auto loss = scalar_loss(parts.front()) * share;
      loss.backward();
      losses.push_back(loss.detach());
    }
  }
  return losses;
}

std::vector<LossPart> FitLoop::loss_parts(int64_t batch) {
  auto parts = task_.training_loss_parts(batch, team_ ? team_->size() : 1);
  if (parts.empty()) throw Error("training: a task gave no part of a batch's loss");
  if (options_.precision != "bf16") return parts;
  for (auto& part : parts) {
    part = [part, type = device_.type()] {
      const Autocast autocast(type);
      return part().to(torch::kFloat32);
    };
  }
  return parts;
}

void FitLoop::check_finite(const torch::Tensor& numbers, int64_t first_batch) const {
  const auto finite = at::isfinite(numbers);
  if (finite.all().item<bool>()) return;
  const int64_t losses = numbers.size(0) - 1;
  int64_t at = 0;
  while (at < losses && finite[at].item<bool>()) ++at;
  const auto what = at < losses
                        ? fmt::format("the loss is {}", std::isnan(numbers[at].item<double>()) ? "nan" : "infinite")
                        : "the gradient's norm is not finite";
  const auto culprit = first_not_finite(optimizer_.parameters());
  throw Error(fmt::format(
      "training: {} in epoch {}, batch {} of {} (step {}); {}. A lower trainer.optimizer.learning_rate or a "
      "trainer.clip_norm may help",
      what, epoch_ + 1, first_batch + std::min(at, losses - 1) + 1, batches_, step_ + 1,
      culprit ? *culprit + " is the first that is not finite"
              : "all parameters and gradients are finite, so look at the batch's data"));
}

void FitLoop::clip(double norm) {
  if (options_.clip_norm) clip_gradient_norm(optimizer_.parameters(), norm, *options_.clip_norm);
  if (options_.clip_value) clip_gradient_value(optimizer_.parameters(), *options_.clip_value);
}

double FitLoop::learning_rate() const {
  const SchedulePosition position{.step = step_, .epoch = epoch_, .total_steps = total_steps_};
  return options_.optimizer.learning_rate * schedule_factor(options_.schedule, position) * state_.plateau.factor;
}

void FitLoop::evaluate() {
  const AveragedWeights averaged(average_);
  const auto started = Clock::now();
  model_.eval();
  {
    const torch::NoGradGuard no_grad;
    metrics_ = task_.validate();
  }
  model_.train();
  state_.evaluated_step = step_;
  const auto monitored = metrics_.find(monitor_.metric);
  if (monitored == metrics_.end()) {
    throw Error(fmt::format("training: the monitored metric '{}' is not among those measured", monitor_.metric));
  }
  const double value = monitored->second;
  const bool is_best = is_better(value);
  ++state_.best.evaluations_without_improvement;
  if (is_best) {
    state_.best = {.value = value, .step = step_, .evaluations_without_improvement = 0};
    save_best();
  }
  if (options_.schedule.name == "plateau") {
    state_.plateau = after_evaluation(options_.schedule, state_.plateau, value, monitor_.lower_is_better);
  }
  tell(&FitObserver::on_evaluation,
       EvaluationReport{.step = step_,
                        .epoch = epoch_,
                        .epoch_ended = epoch_ended(),
                        .epoch_loss = epoch_loss(),
                        .metrics = metrics_,
                        .is_best = is_best,
                        .evaluations_without_improvement = state_.best.evaluations_without_improvement,
                        .seconds = seconds_since(started)});
}

bool FitLoop::is_better(double value) const {
  if (std::isnan(value)) return false;
  if (!state_.best.value) return true;
  return monitor_.lower_is_better ? value < *state_.best.value : value > *state_.best.value;
}

}  // namespace recur::detail
