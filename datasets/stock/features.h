// The input features of a price series: what each computes, and how it is written in a config.
//
//   close, volume, ...      a column's level, standardised
//   log:volume              log(v_t), standardised; the column must be positive
//   return:close            log(p_t / p_{t-1}), standardised (the log return)
//   relative:high           log(p_t / close_t), standardised
//   day_of_week, month, day_of_month
//                           the row's date as a point on the unit circle: two features, sin and cos
//
// "Standardised" is (v - mean) / scale with the mean and standard deviation of the training rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/types.h>

namespace recur {

/// One entry of `features`, resolved against the raw columns; `mean` and `scale` are fitted (pipeline.h).
struct StockFeature {
  enum class Kind { kLevel, kLog, kReturn, kRelative, kCalendar };

  std::string text;  ///< as written in the config, e.g. "return:close"
  Kind kind = Kind::kLevel;
  std::string source;  ///< the raw column read, e.g. "close" or "month"
  int64_t column = 0;  ///< its place among the raw columns
  double period = 0;   ///< kCalendar: 7, 12 or 31
  double mean = 0;
  double scale = 1;

  /// @throws ConfigError for an empty text or an unknown prefix, naming those that exist.
  static StockFeature parse(const std::string& text);

  int64_t width() const { return kind == Kind::kCalendar ? 2 : 1; }
  bool needs_previous_row() const { return kind == Kind::kReturn; }
  bool needs_positive() const { return kind != Kind::kLevel && kind != Kind::kCalendar; }
};

/// Whether `column` is computed from a row's date (day_of_week, month, day_of_month) rather than read from the file.
bool is_calendar_column(const std::string& column);

/// [rows] float64 of a calendar column, from seconds since 1970-01-01 UTC: day_of_week 0 (Monday) .. 6, month 1 .. 12,
/// day_of_month 1 .. 31.
torch::Tensor calendar_column(const std::string& column, const std::vector<int64_t>& times);

/// The feature's values, standardised, for all rows after the first `skip`: `width()` tensors [T - skip].
/// `rows`: [T, F] float64, raw units; column 0 is the close.
std::vector<torch::Tensor> feature_values(const StockFeature& feature, const torch::Tensor& rows, int64_t skip);

/// The same as TorchScript expressions of a variable `rows`; numbers are printed so that they read back exactly.
std::vector<std::string> feature_script(const StockFeature& feature, int64_t skip);

/// How a forecast price is encoded as what the model is trained on.
///   close     y = (p - mean) / scale         mean and scale of the training rows' closes
///   residual  y = (p - last) / scale         scale of the training rows' one-step differences
///   return    y = log(p / last) / scale      scale of the training rows' one-step log returns
struct StockTarget {
  enum class Kind { kClose, kResidual, kReturn };

  Kind kind = Kind::kReturn;
  double mean = 0;
  double scale = 1;

  /// @throws ConfigError for another word than close, residual, return.
  static Kind parse_kind(const std::string& text);
  std::string kind_name() const;

  /// prices [..., horizon], last [...] -> [..., horizon] float64.
  torch::Tensor encode(const torch::Tensor& prices, const torch::Tensor& last) const;
  /// The inverse: y [..., horizon], last [...] -> prices [..., horizon] float64.
  torch::Tensor decode(const torch::Tensor& y, const torch::Tensor& last) const;
  /// `decode` as a TorchScript expression of variables `y` and `last` (already [..., 1]).
  std::string decode_script() const;
};

}  // namespace recur
