// Configs beside each other, e.g. that of a saved run and today's.
#pragma once

#include <map>
#include <string>

namespace recur {

/// Every value by its full key, on one line however it is laid out: {"trainer.optimizer.learning_rate", "0.001"}.
/// @throws ConfigError if the text is no YAML; so does the other.
std::map<std::string, std::string> flat_config(const std::string& yaml);

/// One line per value that differs, with its full key, sorted by key; empty if the two YAML texts say the same, however
/// they are laid out:
///
///   - trainer.optimizer.learning_rate: 0.001
///   + trainer.optimizer.learning_rate: 0.01
std::string config_difference(const std::string& old_yaml, const std::string& new_yaml);

}  // namespace recur
