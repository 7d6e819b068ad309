#include "trainers/sweep.h"

#include <charconv>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "core/scramble.h"
#include "trainers/catalog.h"
#include "trainers/sweep_section.h"

namespace recur {
namespace {

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
  const auto section = read_sweep_section(*entry, task.options());
  Sweep sweep{.task = task.name};
  sweep.monitor = section.monitor;
  for (const auto& key : section.keys) sweep.keys.push_back(key.key);
  auto base = config;
  base.erase("sweep");
  const auto seed = seed_of(base);
  const bool is_grid = section.method == "grid";
  const int64_t count = is_grid ? grid_size(section.keys, entry->where) : *section.trials;
  for (int64_t i = 0; i < count; ++i) {
    sweep.trials.push_back({is_grid ? combination(section.keys, i) : draw(section.keys, seed, i), ""});
  }
  resolve_trials(base, section.keys, sweep);
  return sweep;
}

}  // namespace recur
