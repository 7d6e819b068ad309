#include "trainers/ema.h"

#include <algorithm>

#include "core/error.h"

namespace recur {

WeightAverage::WeightAverage(double decay, const std::vector<Optimizer::Parameter>& parameters)
    : decay_(decay), parameters_(parameters) {
  for (const auto& parameter : parameters) average_.push_back(parameter.value.detach().clone());
}

void WeightAverage::update(int64_t step) {
  const torch::NoGradGuard no_grad;
  const double young = (1.0 + static_cast<double>(step)) / (10.0 + static_cast<double>(step));
  const double weight = 1.0 - std::min(decay_, young);
  for (size_t i = 0; i < average_.size(); ++i) average_[i].lerp_(parameters_[i].value, weight);
}

void WeightAverage::exchange() {
  const torch::NoGradGuard no_grad;
  for (size_t i = 0; i < average_.size(); ++i) {
    const auto weights = parameters_[i].value.clone();
    parameters_[i].value.copy_(average_[i]);
    average_[i].copy_(weights);
  }
}

TensorMap WeightAverage::state() const {
  TensorMap state;
  for (size_t i = 0; i < average_.size(); ++i) state[parameters_[i].name] = average_[i];
  return state;
}

void WeightAverage::load_state(const TensorMap& state) {
  const torch::NoGradGuard no_grad;
  for (size_t i = 0; i < average_.size(); ++i) {
    const auto saved = state.find(parameters_[i].name);
    if (saved == state.end() || saved->second.sizes() != average_[i].sizes()) {
      throw CheckpointError(fmt::format("weight average: no value for parameter '{}'", parameters_[i].name));
    }
    average_[i].copy_(saved->second);
  }
}

}  // namespace recur
