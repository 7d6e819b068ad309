#include "datasets/stock/windows.h"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>

#include <fmt/format.h>

#include "core/error.h"

namespace recur {
namespace {

/// Rows [begin, end) of a table.
struct RowRange {
  int64_t begin, end;
};

/// The places that a window's last input row can take in one split: all its targets lie in the split's rows, and its
/// inputs, with the row before them where a feature needs it, do not begin before the table does.
RowRange anchors_of(StockSplit split, int64_t rows, const ChronologicalSplit& fractions,
                    const StockPipeline& pipeline) {
  const SplitEnds ends = split_ends(rows, fractions);
  const int64_t first = split == StockSplit::kTrain        ? 0
                        : split == StockSplit::kValidation ? ends.train
                                                           : ends.validation;
  const int64_t last = split == StockSplit::kTrain        ? ends.train
                       : split == StockSplit::kValidation ? ends.validation
                                                          : rows;
  return {.begin = std::max(first, pipeline.context_rows()) - 1, .end = last - pipeline.horizon()};
}

constexpr std::array kSplits = {StockSplit::kTrain, StockSplit::kValidation, StockSplit::kTest};

/// Whether every split that has a share of the rows gets a window.
bool is_enough(int64_t rows, const ChronologicalSplit& fractions, const StockPipeline& pipeline) {
  const std::array shares = {fractions.train, fractions.validation, fractions.test};
  for (size_t i = 0; i < kSplits.size(); ++i) {
    const RowRange range = anchors_of(kSplits[i], rows, fractions, pipeline);
    if (shares[i] > 0 && range.begin >= range.end) return false;
  }
  return true;
}

void require_enough_rows(const PriceTable& table, const ChronologicalSplit& fractions, const StockPipeline& pipeline) {
  if (is_enough(table.rows(), fractions, pipeline)) return;
  int64_t needed = table.rows();
  while (!is_enough(needed, fractions, pipeline)) ++needed;
  throw DataError(
      fmt::format("{}: {} rows are too few for window {}, horizon {} and the split {}/{}/{}: at least {} are needed; "
                  "give more rows, "
                  "or a smaller window",
                  table.name, table.rows(), pipeline.window(), pipeline.horizon(), fractions.train,
                  fractions.validation, fractions.test, needed));
}

}  // namespace

StockDataset::StockDataset(const std::vector<PriceTable>& tables, const StockDataOptions& options)
    : StockDataset(tables, options, StockPipeline::fit(tables, options)) {}

StockDataset::StockDataset(const std::vector<PriceTable>& tables, const StockDataOptions& options,
                           StockPipeline pipeline)
    : pipeline_(std::move(pipeline)) {
  if (!options.split.adds_up()) throw ConfigError("split: train, validation and test must add up to 1");
  const int64_t skip = pipeline_.skipped_rows();
  std::vector<torch::Tensor> x, close, time, ticker;
  std::array<std::vector<torch::Tensor>, 3> anchors;
  int64_t total = 0;
  for (const PriceTable& table : tables) {
    require_enough_rows(table, options.split, pipeline_);
    const torch::Tensor raw = pipeline_.raw_rows(table);
    const int64_t count = table.rows() - skip;
    x.push_back(pipeline_.features(raw).to(at::kFloat));
    close.push_back(raw.select(1, 0).narrow(0, skip, count));
    time.push_back(at::tensor(table.times, at::kLong).narrow(0, skip, count));
    ticker.push_back(at::full({count}, static_cast<int64_t>(tickers_.size()), at::kLong));
    for (size_t i = 0; i < kSplits.size(); ++i) {
      const auto [begin, end] = anchors_of(kSplits[i], table.rows(), options.split, pipeline_);
      const int64_t stride = kSplits[i] == StockSplit::kTrain ? options.stride : 1;
      anchors[i].push_back(at::arange(begin, std::max(begin, end), stride, at::kLong) + (total - skip));
    }
    tickers_.push_back(table.name);
    total += count;
  }
  x_ = at::cat(x);
  close_ = at::cat(close);
  time_ = at::cat(time);
  ticker_ = at::cat(ticker);
  for (size_t i = 0; i < kSplits.size(); ++i) anchors_[i] = at::cat(anchors[i]);
}

int64_t StockDataset::size(StockSplit split) const {
  return anchors_[static_cast<size_t>(split)].size(0);
}

StockBatch StockDataset::batch(StockSplit split, const torch::Tensor& indices) const {
  const torch::Tensor last = anchors_[static_cast<size_t>(split)].index_select(0, indices);
  const torch::Tensor inputs = last.unsqueeze(1) + at::arange(1 - pipeline_.window(), 1, at::kLong);
  const torch::Tensor targets = last.unsqueeze(1) + at::arange(1, pipeline_.horizon() + 1, at::kLong);
  const auto rows_of = [](const torch::Tensor& table, const torch::Tensor& rows) { return table.index({rows}); };

  StockBatch batch;
  batch.x = rows_of(x_, inputs);
  batch.last_close = rows_of(close_, last);
  batch.target_price = rows_of(close_, targets);
  batch.target_time = rows_of(time_, targets);
  batch.ticker = rows_of(ticker_, last);
  batch.y = pipeline_.encode_target(batch.target_price, batch.last_close).to(at::kFloat);
  return batch;
}

StockBatch StockDataset::all(StockSplit split) const {
  return batch(split, at::arange(size(split), at::kLong));
}

}  // namespace recur
