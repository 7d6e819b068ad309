#include "datasets/stock/simulate_prices.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/stock/calendar.h"

namespace recur {
namespace {

// Random numbers that are the same bits on every machine.
class Random {
 public:
  explicit Random(int64_t seed) : engine_(static_cast<uint64_t>(seed)) {}

  /// In [0, 1), with 53 random bits.
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }

  /// Mean 0, variance 1 (Irwin-Hall); never beyond 6.
  double normal() {
    double sum = 0;
    for (int k = 0; k < 12; ++k) sum += uniform();
    return sum - 6;
  }

 private:
  std::mt19937_64 engine_;
};

double cents(double price) {
  return std::round(price * 100) / 100;
}

}  // namespace

PriceTable simulate_prices(int64_t rows, int64_t seed) {
  if (rows < 2) throw ConfigError(fmt::format("simulate_prices: got {} rows, expected 2 or more", rows));
  constexpr double kKappa = 0.01, kPhi = 0.4, kRhythm = 0.005, kSigma = 0.01, kFlip = 1.0 / 250, kPeriod = 20;
  const double bear = std::log(80.0), bull = std::log(125.0);
  Random random(seed);
  PriceTable table{.name = fmt::format("simulated-{}", seed),
                   .times = {},
                   .columns = {"open", "high", "low", "close", "volume"},
                   .values = torch::empty({rows, 5}, torch::kFloat64),
                   .report = {}};
  auto* row = table.values.mutable_data_ptr<double>();
  double log_price = std::log(100.0), change = 0;
  bool rising = random.uniform() < 0.5;
  auto time = time_of_date(2015, 1, 2).value();
  for (int64_t t = 0; t < rows; ++t, row += 5, time += kSecondsPerDay) {
    if (random.uniform() < kFlip) rising = !rising;
    const double rhythm = kRhythm * std::sin(2 * std::numbers::pi * static_cast<double>(t) / kPeriod);
    const double pull = kKappa * ((rising ? bull : bear) - log_price);
    change = pull + kPhi * change + rhythm + kSigma * random.normal();
    const double open = std::exp(log_price + change / 4 + 0.002 * random.normal());
    log_price += change;
    const double close = std::exp(log_price);
    const double high = std::max(open, close) * std::exp(0.004 * std::abs(random.normal()));
    const double low = std::min(open, close) * std::exp(-0.004 * std::abs(random.normal()));
    row[0] = cents(open);
    row[1] = cents(high);
    row[2] = cents(low);
    row[3] = cents(close);
    row[4] = std::round(1e6 * std::exp(20 * std::abs(change) + 0.25 * random.normal()));
    while (day_of_week(time) > 4) time += kSecondsPerDay;  // no trading at weekends
    table.times.push_back(time);
  }
  table.report.source = table.name;
  table.report_rows();
  return table;
}

}  // namespace recur
