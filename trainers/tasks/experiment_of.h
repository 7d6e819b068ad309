// What all of the catalog's experiments have alike: options, a device, and a way into the catalog.
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "core/device.h"
#include "trainers/catalog.h"

namespace recur {

/// An experiment that is described by `O`, an ExperimentOptions.
template <class O>
class ExperimentOf : public Experiment {
 public:
  using Options = O;

  RunOptions run_options() const override { return options_.run_options(); }
  TrainerOptions trainer_options() const override { return options_.trainer; }
  std::string config_yaml() const override { return to_yaml(options_); }

 protected:
  explicit ExperimentOf(O options) : options_(std::move(options)), device_(parse_device(options_.device)) {}

  O options_;
  torch::Device device_;
};

/// The catalog's entry of `E`, an ExperimentOf that is made from options, the checkpoint to take up (or null) and, if
/// it takes long to read its data, a ReadProgress.  Data options that have `fold` and `folds` make a cross-validation.
template <class E>
TaskType task_type(const std::string& name, const std::string& title) {
  using Options = typename E::Options;
  return {
      .name = name,
      .title = title,
      .options = &describe_options<Options>,
      .make = [](const ConfigNode& config, const Checkpoint* from,
                 const ReadProgress& progress) -> std::unique_ptr<Experiment> {
        auto options = read_options<Options>(config);
        if constexpr (std::is_constructible_v<E, Options, const Checkpoint*, ReadProgress>) {
          return std::make_unique<E>(std::move(options), from, progress);
        } else {
          return std::make_unique<E>(std::move(options), from);
        }
      },
      .resolve = [](const ConfigNode& config) -> ResolvedConfig {
        const auto options = read_options<Options>(config);
        ResolvedConfig resolved{.run = options.run_options(), .yaml = to_yaml(options)};
        if constexpr (requires { options.data.folds; }) {
          if (!options.data.fold) resolved.folds = options.data.folds;
        }
        return resolved;
      },
  };
}

}  // namespace recur
