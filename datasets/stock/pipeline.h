// From raw prices to what a model sees, and from what it says back to prices.  Fitted on the training rows only; saved
// with the model as JSON; exported with it as TorchScript source.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/types.h>

#include "datasets/stock/features.h"
#include "datasets/stock/options.h"
#include "datasets/stock/price_table.h"

namespace recur {

/// Rows [0, train) are the training part of a table of `rows` rows, [train, validation) and [validation, rows) the
/// others.
struct SplitEnds {
  int64_t train = 0;
  int64_t validation = 0;
};
SplitEnds split_ends(int64_t rows, const ChronologicalSplit& split);

class StockPipeline {
 public:
  /// Fits means and scales on the training rows of all tables together; no later row is looked at.
  /// @throws ConfigError for an unknown feature form or an empty list, DataError for a column that is absent, not
  ///   finite, or not positive where a logarithm is taken.
  static StockPipeline fit(const std::vector<PriceTable>& tables, const StockDataOptions& options);

  /// The columns of `rows` in order; the first is always "close".  Calendar columns are numbers: day_of_week 0 (Monday)
  /// to 6, month 1 to 12, day_of_month 1 to 31.
  const std::vector<std::string>& raw_columns() const { return raw_columns_; }
  const std::vector<StockFeature>& stock_features() const { return features_; }
  const StockTarget& target() const { return target_; }
  int64_t window() const { return window_; }
  int64_t horizon() const { return horizon_; }
  int64_t feature_size() const;  ///< D: a calendar feature counts twice
  int64_t skipped_rows() const;  ///< rows at the start that have no features: 1 if a feature needs a previous row
  int64_t context_rows() const { return window_ + skipped_rows(); }  ///< raw rows that one forecast needs

  /// [T, F] float64, raw units, F = raw_columns().size().
  /// @throws DataError naming the table, the row and the column of a value that cannot be used.
  torch::Tensor raw_rows(const PriceTable& table) const;

  /// rows [T, F] -> [T - skipped_rows(), D] float64; row i holds the features of raw row i + skipped_rows().
  /// @throws ShapeError
  torch::Tensor features(const torch::Tensor& rows) const;

  /// prices [..., horizon] and the last known close [...] -> what the model is trained on, [..., horizon] float64.
  torch::Tensor encode_target(const torch::Tensor& prices, const torch::Tensor& last) const;
  /// The inverse.
  torch::Tensor decode_target(const torch::Tensor& y, const torch::Tensor& last) const;

  std::string to_json() const;
  /// @throws CheckpointError saying what is missing or malformed.
  static StockPipeline from_json(const std::string& text);

  /// Two TorchScript methods, for torch::jit::Module::define:
  ///   def features(self, rows: Tensor) -> Tensor             the same as features(), float64
  ///   def decode(self, y: Tensor, last: Tensor) -> Tensor    the same as decode_target(), float64
  std::string torchscript() const;

 private:
  void resolve_columns();
  std::string logarithm_taker(int64_t column) const;

  std::vector<std::string> raw_columns_;
  std::vector<StockFeature> features_;
  StockTarget target_;
  int64_t window_ = 0;
  int64_t horizon_ = 0;
};

}  // namespace recur
