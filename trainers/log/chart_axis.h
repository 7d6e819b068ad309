// The axes of a chart: ranges, round ticks and their texts.  Internal to chart.cpp and its tests.
#pragma once

#include <string>
#include <vector>

#include "trainers/log/chart.h"

namespace recur {

struct Tick {
  double value;
  std::string label;
};

struct Axis {
  double low = 0, high = 1;
  std::vector<Tick> ticks;

  double share(double value) const { return (value - low) / (high - low); }
};

/// Number axis over [low, high] with about `count` ticks, all labels with the same decimals.  `round_ends` widens it to
/// whole ticks; `whole_numbers` keeps ticks off the space between two whole numbers (there is no epoch 1.5).
Axis number_axis(double low, double high, int count, bool round_ends, bool whole_numbers);

/// For the logarithms (base 10) of values; ticks at powers of ten, or at 1, 2 and 5 of each if there are few.
Axis log_axis(double low, double high, int count);

/// Days since 1970; ticks at starts of years, quarters, months or weeks, or at days: "2021", "Apr 2021", "12 Apr" (the
/// first with its year).
Axis date_axis(double low, double high, int count);

}  // namespace recur
