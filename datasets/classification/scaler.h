// Numbers brought to mean 0 and standard deviation 1.
#pragma once

#include <torch/types.h>

#include <nlohmann/json_fwd.hpp>

namespace recur {

/// y = (x - mean) / deviation, fitted on the training split: each column of vectors has its own mean and deviation, all
/// pixels of images share one.
///
/// Not audio's FeatureStatistics: those are gathered piece by piece in float64, since sounds do not fit into memory,
/// and never divide by less than kLeastDeviation; here all examples are there at once, and a column of tiny numbers
/// counts.
class Scaler {
 public:
  /// A column that does not vary is only shifted.
  /// @param inputs  [N, F], or [N, H, W] of images; N at least 1
  static Scaler fit(const torch::Tensor& inputs);
  static Scaler from_json(const nlohmann::json& json);
  nlohmann::ordered_json to_json() const;

  /// @param inputs  as above, any dtype and device
  /// @returns       float32 of the same shape
  torch::Tensor apply(const torch::Tensor& inputs) const;

  const torch::Tensor& mean() const { return mean_; }            ///< float32 [F] or [1]
  const torch::Tensor& deviation() const { return deviation_; }  ///< the same, above 0

 private:
  Scaler(torch::Tensor mean, torch::Tensor deviation);

  torch::Tensor mean_, deviation_;
};

}  // namespace recur
