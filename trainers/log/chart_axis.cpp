#include "trainers/log/chart_axis.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "trainers/log/format.h"

namespace recur {
namespace {

using std::chrono::months;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

double nice_step(double span, int count) {
  const double raw = span / std::max(1, count);
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (factor * power >= raw * 0.999) return factor * power;
  }
  return 10 * power;
}

std::vector<double> multiples(double step, double low, double high) {
  std::vector<double> found;
  for (double i = std::ceil(low / step - 1e-9); i * step <= high + step * 1e-9; ++i) found.push_back(i * step);
  return found;
}

// As many decimals as tell `step` from its neighbours: 0.25 -> 2, 20 -> 0.
int decimals_of(double step) {
  for (int decimals = 0; decimals < 6; ++decimals) {
    const double scaled = step * std::pow(10, decimals);
    if (std::abs(scaled - std::round(scaled)) < 1e-6 * scaled) return decimals;
  }
  return 6;
}

// "1e-7", "2.5e-7".
std::string short_scientific(double value) {
  const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-9));
  return fmt::format("{:.3g}e{}", value / std::pow(10, exponent), exponent);
}

// 12,500 -> "12.5k", 3,000,000 -> "3M": long numbers would crowd the axis.
std::string tick_label(double value, double step, double largest) {
  if (std::abs(value) < step * 1e-6) return "0";
  if (largest < 1e-4 || largest >= 1e12) return short_scientific(value);
  const auto [scale, suffix] = largest >= 1e9   ? std::pair(1e9, "G")
                               : largest >= 1e6 ? std::pair(1e6, "M")
                               : largest >= 1e4 ? std::pair(1e3, "k")
                                                : std::pair(1.0, "");
  const int decimals = decimals_of(step / scale);
  const std::string digits =
      decimals == 0 ? format_count(std::llround(value / scale)) : fmt::format("{:.{}f}", value / scale, decimals);
  return (digits.front() == '-' ? "−" + digits.substr(1) : digits) + suffix;
}

void give_width(double& low, double& high) {
  if (low != high) return;
  const double margin = std::abs(low) * 0.1;
  low -= margin, high += low == 0 ? 1 : margin;
}

year_month_day date_of(double days) {
  return year_month_day{sys_days{std::chrono::days{static_cast<int64_t>(std::floor(days))}}};
}

double days_of(const year_month_day& date) {
  return static_cast<double>(sys_days{date}.time_since_epoch().count());
}

// Firsts of every `every`-th month, counted from January (for more than a year: from year 0).
void add_month_ticks(Axis& axis, int every) {
  const year_month_day first = date_of(axis.low);
  int month = static_cast<int>(first.year()) * 12 + static_cast<int>(static_cast<unsigned>(first.month())) - 1;
  for (month -= month % every;; month += every) {
    const year_month_day date{std::chrono::year{month / 12}, std::chrono::month{static_cast<unsigned>(month % 12) + 1},
                              std::chrono::day{1}};
    const double days = days_of(date);
    if (days > axis.high) return;
    if (days < axis.low) continue;
    const auto year = fmt::format("{}", month / 12);
    axis.ticks.push_back({days, every >= 12 ? year : fmt::format("{} {}", kMonths[month % 12], year)});
  }
}

void add_day_ticks(Axis& axis, int every) {
  // Weeks start on Mondays: 1970-01-05 was one.
  for (double days = std::ceil((axis.low - 4) / every) * every + 4; days <= axis.high; days += every) {
    const year_month_day date = date_of(days);
    const std::string year = axis.ticks.empty() ? fmt::format(" {}", static_cast<int>(date.year())) : "";
    axis.ticks.push_back({days, fmt::format("{} {}{}", static_cast<unsigned>(date.day()),
                                            kMonths[static_cast<unsigned>(date.month()) - 1], year)});
  }
}

}  // namespace

std::vector<double> nice_ticks(double low, double high, int count) {
  give_width(low, high);
  return multiples(nice_step(high - low, count), low, high);
}

double days_since_1970(int year, unsigned month, unsigned day) {
  return days_of(year_month_day{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}});
}

Axis number_axis(double low, double high, int count, bool round_ends, bool whole_numbers) {
  give_width(low, high);
  double step = nice_step(high - low, count);
  if (whole_numbers) step = step < 1 ? 1 : step > 2 && step < 5 ? 5 : step;
  if (round_ends) low = std::floor(low / step + 1e-9) * step, high = std::ceil(high / step - 1e-9) * step;
  Axis axis{.low = low, .high = high, .ticks = {}};
  const double largest = std::max(std::abs(low), std::abs(high));
  for (const double value : multiples(step, low, high)) {
    axis.ticks.push_back({value, tick_label(value, step, largest)});
  }
  return axis;
}

Axis log_axis(double low, double high, int count) {
  const double margin = std::max(0.02, (high - low) * 0.03);
  Axis axis{.low = low - margin, .high = high + margin, .ticks = {}};
  const auto add = [&](double logarithm, double value) {
    if (logarithm < axis.low || logarithm > axis.high) return;
    const bool plain = value >= 1e-3 && value < 1e4;
    axis.ticks.push_back({logarithm, plain ? fmt::format("{:g}", value) : short_scientific(value)});
  };
  const double decades = axis.high - axis.low;
  const int every = std::max(1, static_cast<int>(std::ceil(decades / std::max(1, count))));
  for (double power = std::floor(axis.low); power <= axis.high; power += 1) {
    if (static_cast<int64_t>(power) % every != 0) continue;
    add(power, std::pow(10, power));
    if (decades > 3) continue;
    for (const double factor : {2.0, 5.0}) add(power + std::log10(factor), factor * std::pow(10, power));
  }
  if (axis.ticks.size() >= 2) return axis;
  // Less than a factor of two or so: round numbers of the value itself.
  axis.ticks.clear();
  for (const Tick& tick : number_axis(std::pow(10, axis.low), std::pow(10, axis.high), count, false, false).ticks) {
    if (tick.value > 0) axis.ticks.push_back({std::log10(tick.value), tick.label});
  }
  return axis;
}

Axis date_axis(double low, double high, int count) {
  give_width(low, high);
  Axis axis{.low = low, .high = high, .ticks = {}};
  const double days_per_tick = (high - low) / std::max(1, count);
  for (const int days : {1, 2, 7, 14}) {
    if (days >= days_per_tick) return add_day_ticks(axis, days), axis;
  }
  for (const int month_count : {1, 2, 3, 6, 12, 24, 60, 120, 240}) {
    // A year alone is a short text, so that twice as many fit.
    if (month_count * 30.44 >= days_per_tick / (month_count >= 12 ? 2 : 1))
      return add_month_ticks(axis, month_count), axis;
  }
  return add_month_ticks(axis, 600), axis;
}

}  // namespace recur
