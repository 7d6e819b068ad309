#include "trainers/sweep.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "core/options.h"
#include "core/scramble.h"
#include "trainers/catalog.h"

namespace recur {
namespace {

struct SweepOptions {
  std::string method = "grid";
  std::optional<int64_t> trials;
  std::optional<std::string> metric, goal;

  static constexpr auto fields() {
    using O = SweepOptions;
    return std::tuple{
        field("method", &O::method, "every combination, or draws", one_of("grid", "random")),
        field("trials", &O::trials, "random: how many draws", between(1, kMaxSweepTrials)),
        field("metric", &O::metric, "of the validation split, by which trials are compared", not_empty()),
        field("goal", &O::goal, "which way the metric is better", one_of("minimize", "maximize")),
    };
  }

  void check(ConfigCheck& check) const {
    check.require(trials.has_value() == (method == "random"), "trials",
                  method == "random" ? "method: random needs the number of trials, e.g. trials: 20"
                                     : "is for method: random; a grid has as many trials as combinations");
    check.require(metric.has_value() == goal.has_value(), metric ? "metric" : "goal",
                  metric ? "say beside it whether less or more is better: goal: minimize, or goal: maximize"
                         : "is for a metric that you name; the task's own needs none");
  }
};

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
  double at(double part) const {
    if (scale == "linear") return first() + part * (last() - first());
    return first() * std::pow(last() / first(), part);
  }
};

/// A key of the config and what it may be.
struct SweptKey {
  std::string key;
  SourceLocation where;
  std::vector<ConfigNode> values = {};     ///< empty: drawn from the range
  std::optional<RangeOptions> range = {};  ///< of drawn values
  bool is_whole = false;                   ///< the config wants a whole number there
};

bool is_setting(const std::string& key) {
  return std::ranges::any_of(std::array{"method", "trials", "metric", "goal"}, [&](auto name) { return key == name; });
}

/// Whether a map says what values a key has, and is not the part of the config in which that key is.
bool is_range(const ConfigNode& node) {
  return std::ranges::any_of(std::array{"from", "to", "low", "high"}, [&](auto name) { return node.find(name); });
}

bool wants_whole_number(const OptionsDoc& doc, const std::string& key) {
  if (key.empty()) return doc.type.starts_with("integer");
  const auto dot = std::min(key.find('.'), key.size());
  for (const auto& child : doc.children) {
    if (child.key == key.substr(0, dot)) return wants_whole_number(child, dot < key.size() ? key.substr(dot + 1) : "");
  }
  return false;
}

/// To ten digits, so that 16 to 128 in three doublings is 16, 32, 64, 128.
ConfigNode number_node(double value, bool is_whole, const SourceLocation& where) {
  auto node =
      ConfigNode::make_scalar(is_whole ? fmt::format("{:.0f}", std::round(value)) : fmt::format("{:.10g}", value));
  node.where = where;
  return node;
}

class SectionReader {
 public:
  SectionReader(const OptionsDoc& schema, ConfigErrors& errors) : schema_(schema), errors_(errors) {}

  std::vector<SweptKey> keys;

  void read(const ConfigEntry& entry, const std::string& above) {
    const std::string key = above.empty() ? entry.key : above + "." + entry.key;
    const auto& node = entry.value;
    if (node.is_map() && !node.entries.empty() && !is_range(node)) {
      for (const auto& child : node.entries) read(child, key);
      return;
    }
    SweptKey swept{.key = key, .where = entry.where, .is_whole = wants_whole_number(schema_, key)};
    if (key == "task") errors_.add(entry.where, "sweep.task: runs of different tasks cannot be compared");
    if (std::ranges::any_of(keys, [&](const auto& other) { return other.key == key; })) {
      errors_.add(entry.where, fmt::format("sweep.{}: is there twice; remove one", key));
    }
    if (node.is_sequence() && !node.items.empty()) {
      swept.values = node.items;
    } else if (node.is_map() && is_range(node)) {
      read_range(node, swept);
    } else {
      errors_.add(node.where, fmt::format("sweep.{}: expected a list of values, {{from, to, steps}} or {{low, high}}; "
                                          "got {}",
                                          key, node.is_sequence() ? "an empty list" : describe_node(node)));
    }
    keys.push_back(std::move(swept));
  }

 private:
  void read_range(const ConfigNode& node, SweptKey& swept) {
    RangeOptions range;
    const auto before = errors_.count();
    read_options_into(node, "sweep." + swept.key, range, errors_);
    if (errors_.count() > before) return;
    if (range.is_drawn()) {
      swept.range = range;
      return;
    }
    for (int64_t i = 0; i < *range.steps; ++i) {
      const double part = static_cast<double>(i) / static_cast<double>(*range.steps - 1);
      auto value = number_node(range.at(part), swept.is_whole, node.where);
      if (swept.values.empty() || swept.values.back().scalar != value.scalar) swept.values.push_back(std::move(value));
    }
  }

  const OptionsDoc& schema_;
  ConfigErrors& errors_;
};

/// The config's seed; what is no number there is complained of when the trials are resolved.
uint64_t seed_of(const ConfigNode& config) {
  uint64_t seed = 1;
  if (const auto* entry = config.find("seed")) {
    const auto& text = entry->value.scalar;
    std::from_chars(text.data(), text.data() + text.size(), seed);
  }
  return seed;
}

/// In [0, 1).
double drawn_part(uint64_t seed, uint64_t trial, uint64_t key) {
  constexpr double kTwoToMinus53 = 0x1p-53;
  return static_cast<double>(scrambled(scrambled(scrambled(seed) + trial) + key) >> 11) * kTwoToMinus53;
}

std::vector<ConfigNode> draw(const std::vector<SweptKey>& keys, uint64_t seed, uint64_t trial) {
  std::vector<ConfigNode> values;
  for (size_t k = 0; k < keys.size(); ++k) {
    const auto& key = keys[k];
    const double part = drawn_part(seed, trial, k);
    values.push_back(key.range ? number_node(key.range->at(part), key.is_whole, key.where)
                               : key.values[static_cast<size_t>(part * static_cast<double>(key.values.size()))]);
  }
  return values;
}

/// Combination `index` of the grid; the last key changes fastest.
std::vector<ConfigNode> combination(const std::vector<SweptKey>& keys, size_t index) {
  std::vector<ConfigNode> values(keys.size());
  for (size_t k = keys.size(); k-- > 0;) {
    values[k] = keys[k].values[index % keys[k].values.size()];
    index /= keys[k].values.size();
  }
  return values;
}

int64_t grid_size(const std::vector<SweptKey>& keys, const SourceLocation& where) {
  int64_t size = 1;
  for (const auto& key : keys) {
    if (key.values.empty()) {
      throw ConfigError(key.where, fmt::format("sweep.{}: {{low, high}} is for draws; write method: random beside it, "
                                               "or {{from, to, steps}}",
                                               key.key));
    }
    size *= static_cast<int64_t>(key.values.size());
    if (size > kMaxSweepTrials) {
      throw ConfigError(where, fmt::format("sweep: the grid has more than {} combinations; shorten its lists, or draw "
                                           "some of them: method: random, trials: 20",
                                           kMaxSweepTrials));
    }
  }
  return size;
}

/// Sets a value by its dotted key; it keeps its place in the file, and so does the key.
void set_value(ConfigNode& config, const SweptKey& key, const ConfigNode& value) {
  ConfigNode* node = &config;
  std::istringstream segments(key.key);
  for (std::string segment; std::getline(segments, segment, '.');) {
    if (node->is_null()) *node = ConfigNode::make_map();
    if (!node->is_map()) {
      throw ConfigError(key.where, fmt::format("sweep.{}: there is no such key: what is above {} is {} in the config",
                                               key.key, quote_for_message(segment), describe_node(*node)));
    }
    if (node->find(segment) == nullptr) node->entries.push_back({segment, key.where, {}});
    node = &node->find(segment)->value;
  }
  *node = value;
  if (node->where.line == 0) node->where = key.where;
}

/// Resolves every trial; errors are the same for many of them, and said once.
void resolve_trials(const ConfigNode& base, const std::vector<SweptKey>& keys, Sweep& sweep) {
  const auto& task = task_of(base);
  std::set<std::string> seen;
  std::string errors;
  for (auto& trial : sweep.trials) {
    auto config = base;
    try {
      for (size_t k = 0; k < keys.size(); ++k) set_value(config, keys[k], trial.values[k]);
      const auto resolved = task.resolve(config);
      if (resolved.folds) {
        throw ConfigError({base.where.source}, "sweep: trials are single runs; remove data.folds for the sweep");
      }
      sweep.name = resolved.run.name;
      trial.yaml = resolved.yaml;
    } catch (const ConfigError& error) {
      std::istringstream lines(error.what());
      for (std::string line; std::getline(lines, line);) {
        if (seen.insert(line).second) errors += (errors.empty() ? "" : "\n") + line;
      }
    }
  }
  if (!errors.empty()) throw ConfigError(errors);
}

}  // namespace

Sweep read_sweep(const ConfigNode& config) {
  const auto* entry = config.find("sweep");
  if (entry == nullptr || !entry->value.is_map()) {
    throw ConfigError(entry == nullptr ? SourceLocation{config.where.source} : entry->value.where,
                      "sweep: expected a map of keys and lists of values, e.g. sweep: {model.recurrent.hidden_size: "
                      "[64, 128]}");
  }
  const auto& task = task_of(config);
  auto settings = ConfigNode::make_map();
  settings.where = entry->where;
  ConfigErrors errors;
  const auto schema = task.options();
  SectionReader reader(schema, errors);
  for (const auto& child : entry->value.entries) {
    if (is_setting(child.key)) {
      settings.entries.push_back(child);
    } else {
      reader.read(child, "");
    }
  }
  SweepOptions options;
  read_options_into(settings, "sweep", options, errors);
  if (reader.keys.empty()) errors.add(entry->where, "sweep: names no key of the config");
  errors.throw_if_any();

  Sweep sweep{.task = task.name};
  if (options.metric) sweep.monitor = Monitor{*options.metric, options.goal == "minimize"};
  for (const auto& key : reader.keys) sweep.keys.push_back(key.key);
  auto base = config;
  base.erase("sweep");
  const auto seed = seed_of(base);
  const bool is_grid = options.method == "grid";
  const int64_t count = is_grid ? grid_size(reader.keys, entry->where) : *options.trials;
  for (int64_t i = 0; i < count; ++i) {
    sweep.trials.push_back({is_grid ? combination(reader.keys, i) : draw(reader.keys, seed, i), ""});
  }
  resolve_trials(base, reader.keys, sweep);
  return sweep;
}

}  // namespace recur
