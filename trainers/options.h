// What a config's `trainer:` section says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "core/options.h"

namespace recur {

struct OptimizerOptions {
  std::string name = "adam";
  double learning_rate = 1e-3;
  double momentum = 0.0;
  bool nesterov = false;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double alpha = 0.99;
  double weight_decay = 0.0;
  bool decay_biases = false;

  static constexpr auto fields() {
    using S = OptimizerOptions;
    return std::tuple{
        field("name", &S::name, "update rule, as in torch.optim", one_of("sgd", "adam", "adamw", "rmsprop", "adagrad")),
        field("learning_rate", &S::learning_rate, "step size; the schedule multiplies it", more_than(0.0)),
        field("momentum", &S::momentum, "momentum of sgd and rmsprop", fraction()),
        field("nesterov", &S::nesterov, "sgd: look one step of momentum ahead (needs momentum > 0)"),
        field("beta1", &S::beta1, "adam, adamw: decay of the gradient's running mean", fraction()),
        field("beta2", &S::beta2, "adam, adamw: decay of the squared gradient's running mean", fraction()),
        field("eps", &S::eps, "added to the denominator (all but sgd)", at_least(0.0)),
        field("alpha", &S::alpha, "rmsprop: decay of the squared gradient's running mean", fraction()),
        field("weight_decay", &S::weight_decay, "L2 penalty; in adamw decoupled from the gradient", at_least(0.0)),
        field("decay_biases", &S::decay_biases, "decay biases and other one-dimensional parameters too"),
    };
  }
};

struct ScheduleOptions {
  std::string name = "constant";
  int64_t warmup_steps = 0;
  int64_t step_size = 1;
  int64_t hold_epochs = 0;
  double gamma = 0.5;
  double min_factor = 0.0;
  int64_t plateau_patience = 3;
  double plateau_threshold = 1e-4;
  double rise_fraction = 0.3;
  double initial_divisor = 25.0;
  double final_divisor = 1e4;

  static constexpr auto fields() {
    using S = ScheduleOptions;
    return std::tuple{
        field("name", &S::name, "how the learning rate changes",
              one_of("constant", "step", "cosine", "plateau", "one_cycle")),
        field("warmup_steps", &S::warmup_steps, "steps of linear rise in front of any schedule", at_least(0)),
        field("step_size", &S::step_size, "step: epochs between two decays", at_least(1)),
        field("hold_epochs", &S::hold_epochs, "step: epochs before the first of these periods begins", at_least(0)),
        field("gamma", &S::gamma, "step, plateau: factor of one decay", fraction()),
        field("min_factor", &S::min_factor, "step, cosine, plateau: the factor never falls below this", fraction()),
        field("plateau_patience", &S::plateau_patience, "plateau: evaluations without improvement before a decay",
              at_least(0)),
        field("plateau_threshold", &S::plateau_threshold, "plateau: relative change that counts as an improvement",
              at_least(0.0)),
        field("rise_fraction", &S::rise_fraction, "one_cycle: part of the steps in which the rate rises", fraction()),
        field("initial_divisor", &S::initial_divisor, "one_cycle: peak rate over first rate", at_least(1.0)),
        field("final_divisor", &S::final_divisor, "one_cycle: first rate over last rate", at_least(1.0)),
    };
  }
};

struct TrainerOptions {
  int64_t epochs = 10;
  std::optional<int64_t> max_steps = {};
  std::optional<double> max_minutes = {};
  int64_t batch_size = 32;
  int64_t accumulate = 1;
  std::string precision = "f32";
  std::optional<double> clip_norm = {};
  std::optional<double> clip_value = {};
  int64_t evaluate_every_epochs = 1;
  int64_t evaluate_every_steps = 0;
  std::optional<int64_t> patience = {};
  std::optional<double> ema_decay = {};
  int64_t checkpoint_every_steps = 0;
  int64_t log_every_steps = 10;
  int64_t histograms_every_steps = 0;
  OptimizerOptions optimizer = {};
  ScheduleOptions schedule = {};

  static constexpr auto fields() {
    using S = TrainerOptions;
    return std::tuple{
        field("epochs", &S::epochs, "passes over the training split", at_least(1)),
        field("max_steps", &S::max_steps, "stop after so many optimizer steps", at_least(1)),
        field("max_minutes", &S::max_minutes, "stop after so much time, resumed parts included", more_than(0.0)),
        field("batch_size", &S::batch_size, "examples (or parallel streams) per batch", at_least(1)),
        field("accumulate", &S::accumulate, "batches whose gradients make one optimizer step", at_least(1)),
        field("precision", &S::precision,
              "what products read in training: f32, or bf16 (torch's autocast), while parameters, sums and recurrent "
              "states stay f32; evaluated and exported is f32",
              one_of("f32", "bf16")),
        field("clip_norm", &S::clip_norm, "scale the gradient down to this norm over all parameters", more_than(0.0)),
        field("clip_value", &S::clip_value, "clamp every element of the gradient to +- this", more_than(0.0)),
        field("evaluate_every_epochs", &S::evaluate_every_epochs, "epochs between two evaluations", at_least(1)),
        field("evaluate_every_steps", &S::evaluate_every_steps, "if > 0, optimizer steps between two evaluations",
              at_least(0)),
        field("patience", &S::patience, "stop after so many evaluations in a row without improvement", at_least(1)),
        field("ema_decay", &S::ema_decay, "evaluate and keep a running average of the weights", fraction()),
        field("checkpoint_every_steps", &S::checkpoint_every_steps,
              "optimizer steps between two checkpoints; 0: one at the end of each epoch", at_least(0)),
        field("log_every_steps", &S::log_every_steps, "optimizer steps between two logged training losses",
              at_least(1)),
        field("histograms_every_steps", &S::histograms_every_steps,
              "if > 0, optimizer steps between two histograms of weights, gradients and gates in TensorBoard",
              at_least(0)),
        field("optimizer", &S::optimizer, "the update rule"),
        field("schedule", &S::schedule, "the learning rate over time"),
    };
  }
};

}  // namespace recur
