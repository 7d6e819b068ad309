#include "trainers/sweep_section.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

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

}  // namespace

double RangeOptions::at(double part) const {
  if (scale == "linear") return first() + part * (last() - first());
  return first() * std::pow(last() / first(), part);
}

ConfigNode number_node(double value, bool is_whole, const SourceLocation& where) {
  auto node =
      ConfigNode::make_scalar(is_whole ? fmt::format("{:.0f}", std::round(value)) : fmt::format("{:.10g}", value));
  node.where = where;
  return node;
}

SweepSection read_sweep_section(const ConfigEntry& entry, const OptionsDoc& schema) {
  auto settings = ConfigNode::make_map();
  settings.where = entry.where;
  ConfigErrors errors;
  SectionReader reader(schema, errors);
  for (const auto& child : entry.value.entries) {
    if (is_setting(child.key)) {
      settings.entries.push_back(child);
    } else {
      reader.read(child, "");
    }
  }
  SweepOptions options;
  read_options_into(settings, "sweep", options, errors);
  if (reader.keys.empty()) errors.add(entry.where, "sweep: names no key of the config");
  errors.throw_if_any();

  SweepSection section{.method = options.method, .trials = options.trials, .keys = std::move(reader.keys)};
  if (options.metric) section.monitor = Monitor{*options.metric, options.goal == "minimize"};
  return section;
}

}  // namespace recur
