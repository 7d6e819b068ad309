#include "trainers/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace recur {
namespace {

/// From `start` at 0 to `end` at 1 along half a cosine.
double cosine(double start, double end, double t) {
  return end + (start - end) * (1.0 + std::cos(std::numbers::pi * t)) / 2.0;
}

double step_factor(const ScheduleOptions& options, int64_t epoch) {
  const int64_t decays = std::max<int64_t>(0, epoch - options.hold_epochs) / options.step_size;
  return std::max(options.min_factor, std::pow(options.gamma, static_cast<double>(decays)));
}

double cosine_factor(const ScheduleOptions& options, int64_t step, int64_t total) {
  return cosine(1.0, options.min_factor, static_cast<double>(std::min(step, total)) / static_cast<double>(total));
}

/// Rises until step rise_fraction * total - 1 (not always whole), falls until step total - 1.
double one_cycle_factor(const ScheduleOptions& options, int64_t step, int64_t total) {
  const double initial = 1.0 / options.initial_divisor;
  const double final = initial / options.final_divisor;
  const double peak_at = options.rise_fraction * static_cast<double>(total) - 1.0;
  const double end_at = static_cast<double>(total - 1);
  const double now = std::min(static_cast<double>(step), end_at);
  if (now <= peak_at && peak_at > 0.0) return cosine(initial, 1.0, now / peak_at);
  if (end_at <= peak_at) return 1.0;
  return cosine(1.0, final, (now - peak_at) / (end_at - peak_at));
}

bool improves(const ScheduleOptions& options, double value, double best, bool lower_is_better) {
  const double margin = options.plateau_threshold * std::abs(best);
  return lower_is_better ? value < best - margin : value > best + margin;
}

}  // namespace

double schedule_factor(const ScheduleOptions& options, const SchedulePosition& position) {
  if (position.step < options.warmup_steps) {
    return static_cast<double>(position.step + 1) / static_cast<double>(options.warmup_steps);
  }
  const int64_t step = position.step - options.warmup_steps;
  const int64_t total = std::max<int64_t>(1, position.total_steps - options.warmup_steps);
  if (options.name == "step") return step_factor(options, position.epoch);
  if (options.name == "cosine") return cosine_factor(options, step, total);
  if (options.name == "one_cycle") return one_cycle_factor(options, step, total);
  return 1.0;
}

PlateauState after_evaluation(const ScheduleOptions& options, PlateauState state, double value, bool lower_is_better) {
  const bool better = !state.best || improves(options, value, *state.best, lower_is_better);
  if (better && !std::isnan(value)) {
    state.best = value;
    state.bad_evaluations = 0;
    return state;
  }
  if (++state.bad_evaluations > options.plateau_patience) {
    state.factor = std::max(options.min_factor, state.factor * options.gamma);
    state.bad_evaluations = 0;
  }
  return state;
}

}  // namespace recur
