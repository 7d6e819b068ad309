#include "datasets/classification/scaler.h"

#include <utility>
#include <vector>

#include <ATen/ops/tensor.h>

#include <nlohmann/json.hpp>

namespace recur {
namespace {

std::vector<float> numbers_of(const torch::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), tensor.const_data_ptr<float>() + tensor.numel()};
}

}  // namespace

Scaler::Scaler(torch::Tensor mean, torch::Tensor deviation)
    : mean_(std::move(mean)), deviation_(std::move(deviation)) {}

Scaler Scaler::fit(const torch::Tensor& inputs) {
  const auto columns = inputs.dim() == 2 ? inputs : inputs.reshape({-1, 1});
  const auto mean = columns.to(torch::kFloat64).mean(0);
  const auto deviation = (columns.to(torch::kFloat64) - mean).square().mean(0).sqrt();
  return {mean.to(torch::kFloat32), deviation.masked_fill(deviation == 0, 1).to(torch::kFloat32)};
}

torch::Tensor Scaler::apply(const torch::Tensor& inputs) const {
  const auto device = inputs.device();
  return (inputs.to(torch::kFloat32) - mean_.to(device)) / deviation_.to(device);
}

nlohmann::ordered_json Scaler::to_json() const {
  return {{"mean", numbers_of(mean_)}, {"std", numbers_of(deviation_)}};
}

Scaler Scaler::from_json(const nlohmann::json& json) {
  return {at::tensor(json.at("mean").get<std::vector<float>>()), at::tensor(json.at("std").get<std::vector<float>>())};
}

}  // namespace recur
