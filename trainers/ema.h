// An exponential moving average of the weights (Polyak & Juditsky 1992): often better on unseen data than the last
// ones.
#pragma once

#include <cstdint>

#include "trainers/optimizer.h"

namespace recur {

class WeightAverage {
 public:
  /// Starts at the weights as they are.
  WeightAverage(double decay, const std::vector<Optimizer::Parameter>& parameters);

  /// average <- d average + (1 - d) weights, with d = min(decay, (1 + step) / (10 + step)): the average of a young run
  /// should not remember the random weights it started from.
  /// @param step  optimizer steps done
  void update(int64_t step);

  /// Exchanges the weights in the model and the average; called twice it changes nothing, to the bit.
  void exchange();

  /// Shares memory.
  TensorMap state() const;
  /// @throws CheckpointError if names or shapes differ.
  void load_state(const TensorMap& state);

 private:
  double decay_;
  std::vector<Optimizer::Parameter> parameters_;
  std::vector<torch::Tensor> average_;
};

}  // namespace recur
