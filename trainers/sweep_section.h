// The section `sweep:` of a config, read: what trainers/sweep.h makes trials of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/options.h"
#include "trainers/sweep.h"

namespace recur {

/// {from, to, steps}: so many values; {low, high}: drawn between them.
struct RangeOptions {
  std::optional<double> from, to;
  std::optional<int64_t> steps;
  std::optional<double> low, high;
  std::string scale = "linear";

  static constexpr auto fields() {
    using O = RangeOptions;
    return std::tuple{
        field("from", &O::from, "first value"),
        field("to", &O::to, "last value"),
        field("steps", &O::steps, "number of values", between(2, kMaxSweepTrials)),
        field("low", &O::low, "least value drawn"),
        field("high", &O::high, "largest value drawn"),
        field("scale", &O::scale, "linear, or evenly in the logarithm", one_of("linear", "log")),
    };
  }

  bool is_drawn() const { return low && high; }
  double first() const { return is_drawn() ? *low : *from; }
  double last() const { return is_drawn() ? *high : *to; }

  void check(ConfigCheck& check) const {
    const bool is_spaced = from && to && steps && !low && !high;
    if (!is_spaced && !(is_drawn() && !from && !to && !steps)) {
      check.fail("", "expected {from, to, steps} or {low, high}, with scale: linear or log");
      return;
    }
    check.require(!is_drawn() || *low < *high, "low", "must be less than high");
    check.require(scale == "linear" || (first() > 0 && last() > 0), "scale", "log needs numbers above 0");
  }

  /// The value at `part` of the way, 0 to 1.
  double at(double part) const;
};

/// A key of the config and what it may be.
struct SweptKey {
  std::string key;
  SourceLocation where;
  std::vector<ConfigNode> values = {};     ///< empty: drawn from the range
  std::optional<RangeOptions> range = {};  ///< of drawn values
  bool is_whole = false;                   ///< the config wants a whole number there
};

struct SweepSection {
  std::string method;             ///< "grid" or "random"
  std::optional<int64_t> trials;  ///< of random
  std::optional<Monitor> monitor = {};
  std::vector<SweptKey> keys = {};
};

/// `schema`: the task's options, which tell the keys that want whole numbers.
/// @throws ConfigError  with all errors of the section
SweepSection read_sweep_section(const ConfigEntry& entry, const OptionsDoc& schema);

/// A number as a config has it, to ten digits, so that 16 to 128 in three doublings is 16, 32, 64, 128.
ConfigNode number_node(double value, bool is_whole, const SourceLocation& where);

}  // namespace recur
