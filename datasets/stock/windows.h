// Price tables cut into windows: `window` rows of features in, the closes of the next `horizon` rows out.
//
//        inputs (window)          targets (horizon)
//   | t-window+1 ... t-1  t |  t+1 ... t+horizon |
//                         `- last close
//
// A window belongs to the split that holds all its targets; a window whose targets would lie in two splits belongs to
// none.  Inputs may reach back into an earlier split, never forward: no value of a target's row is among the inputs.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <torch/types.h>

#include "datasets/stock/options.h"
#include "datasets/stock/pipeline.h"
#include "datasets/stock/price_table.h"

namespace recur {

enum class StockSplit { kTrain, kValidation, kTest };

struct StockBatch {
  torch::Tensor x;             ///< [B, window, D] float32
  torch::Tensor y;             ///< [B, horizon] float32, encoded targets
  torch::Tensor last_close;    ///< [B] float64, the close of the last input row
  torch::Tensor target_price;  ///< [B, horizon] float64
  torch::Tensor target_time;   ///< [B, horizon] int64, seconds since 1970-01-01 UTC
  torch::Tensor ticker;        ///< [B] int64, places in StockDataset::tickers()
};

class StockDataset {
 public:
  /// Fits the pipeline on the training part.
  /// @throws DataError if a table has too few rows for one window in each split, saying how many are needed;
  ///   what StockPipeline::fit throws.
  StockDataset(const std::vector<PriceTable>& tables, const StockDataOptions& options);
  /// With a pipeline that was fitted before (a checkpoint's); its window and horizon hold.
  StockDataset(const std::vector<PriceTable>& tables, const StockDataOptions& options, StockPipeline pipeline);

  const StockPipeline& pipeline() const { return pipeline_; }
  const std::vector<std::string>& tickers() const { return tickers_; }

  /// Windows in a split.  `options.stride` thins the training windows only: every row is evaluated.
  int64_t size(StockSplit split) const;

  /// The windows at `indices` [B] int64, each in [0, size(split)); in a split, tickers follow one another, each in
  /// order of time.
  StockBatch batch(StockSplit split, const torch::Tensor& indices) const;
  /// All windows of a split.
  StockBatch all(StockSplit split) const;

 private:
  StockPipeline pipeline_;
  std::vector<std::string> tickers_;
  // The rows that have features, R of them, of all tickers one after the other.
  torch::Tensor x_;                       // [R, D] float32
  torch::Tensor close_;                   // [R] float64
  torch::Tensor time_;                    // [R] int64
  torch::Tensor ticker_;                  // [R] int64
  std::array<torch::Tensor, 3> anchors_;  // per split, [windows] int64: the last input row of each window
};

}  // namespace recur
