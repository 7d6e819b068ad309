// Sweeps: a config with one more key, `sweep:`, is as many configs, its trials.
//
//   sweep:
//     method: random                                    # grid (default): every combination, the last key fastest
//     trials: 20                                        # of random
//     metric: wer                                       # default: the metric by which the task chooses best.pt
//     goal: minimize                                    # or maximize; beside metric
//     model.recurrent.hidden_size: [64, 128]            # a list of values
//     model.recurrent.num_layers: {from: 1, to: 4, steps: 4}                       # evenly spaced, both ends in it
//     trainer.optimizer.learning_rate: {low: 1e-4, high: 1e-2, scale: log}         # random: drawn anew for each trial
//
// Keys may also be nested, as they are in the config.  Where the config wants a whole number, those of a range are
// rounded.  What a trial draws is a pure function of the config's seed, its number and the key's place among the keys,
// so that a larger `trials` goes on where a smaller one ended.
//
// J. Bergstra and Y. Bengio, Random Search for Hyper-Parameter Optimization, 2012: why random.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/config_tree.h"
#include "trainers/task.h"

namespace recur {

constexpr int64_t kMaxSweepTrials = 10'000;

struct SweepTrial {
  std::vector<ConfigNode> values;  ///< of each of the sweep's keys
  std::string yaml;                ///< complete config, without `sweep:`
};

struct Sweep {
  std::string task;
  std::string name = {};                ///< of the runs
  std::optional<Monitor> monitor = {};  ///< that the section names; absent: the task's own
  std::vector<std::string> keys = {};   ///< dotted, in the file's order
  std::vector<SweepTrial> trials = {};
};

/// Reads the `sweep:` section and checks every trial's config.  Touches no data.
/// @throws ConfigError with all errors of the section, or else of the trials, each at its place in the file
Sweep read_sweep(const ConfigNode& config);

}  // namespace recur
