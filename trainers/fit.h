// The one training loop.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "trainers/observer.h"
#include "trainers/options.h"
#include "trainers/task.h"

namespace recur {

struct FitSetup {
  std::filesystem::path checkpoints = {};        ///< folder for last.pt and best.pt; empty: nothing is written
  std::string config_yaml = {};                  ///< the resolved config, saved in every checkpoint
  bool resume = false;                           ///< go on from last.pt; without one, start at the beginning
  std::vector<FitObserver*> observers = {};      ///< called in this order
  const std::atomic<bool>* interrupt = nullptr;  ///< looked at after each step; true: save last.pt and return
};

/// Trains `task.model()` on the device its parameters are on, until a limit of `options` is reached, and leaves in it
/// the weights of the best evaluation (averaged ones, if `ema_decay` is set), or, if interrupted, the last weights.
///
/// Same seed, same machine, same number of threads: same bits, whether the run was interrupted, killed and resumed or
/// not.  For that, whatever the task draws at random comes from torch's generators (they are saved) or is a pure
/// function of the seed and the epoch.  `max_minutes` is the exception.
///
/// @throws Error  if a loss or gradient is not finite (naming epoch, batch and parameter), or `task.validate()` lacks
///                the monitored metric.
/// @throws CheckpointError  if last.pt is damaged or belongs to another model.
FitResult fit(Task& task, const TrainerOptions& options, const FitSetup& setup = {});

}  // namespace recur
