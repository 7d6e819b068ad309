// Learning rate schedules: factors on the optimizer's learning rate.
//
// All but reduce-on-plateau are pure functions of the position in the run; they equal torch.optim.lr_scheduler's
// StepLR, CosineAnnealingLR and OneCycleLR (which here peaks at factor 1 and leaves momentum alone).
#pragma once

#include <cstdint>
#include <optional>

#include "trainers/options.h"

namespace recur {

/// Where a run stands.
struct SchedulePosition {
  int64_t step = 0;         ///< optimizer steps done
  int64_t epoch = 0;        ///< whole epochs done
  int64_t total_steps = 1;  ///< planned for the whole run
};

/// The factor for the next step: warm-up (step + 1) / warmup_steps while it lasts, then the schedule over the steps
/// that are left.  "plateau" gives 1 after the warm-up: its own factor is in PlateauState.
double schedule_factor(const ScheduleOptions& options, const SchedulePosition& position);

/// What reduce-on-plateau carries from one evaluation to the next.
struct PlateauState {
  double factor = 1.0;
  std::optional<double> best = {};
  int64_t bad_evaluations = 0;

  bool operator==(const PlateauState&) const = default;
};

/// The state after an evaluation that gave `value`: after more than plateau_patience evaluations in a row that did not
/// improve the best value by the relative plateau_threshold, the factor is multiplied by gamma.  As torch's
/// ReduceLROnPlateau with threshold_mode "rel" and no cooldown.
PlateauState after_evaluation(const ScheduleOptions& options, PlateauState state, double value, bool lower_is_better);

}  // namespace recur
