// What changed between the config of a saved run and today's.
#pragma once

#include <string>

namespace recur {

/// One line per value that differs, with its full key, sorted by key; empty if the two YAML texts say the same, however
/// they are laid out:
///
///   - trainer.optimizer.learning_rate: 0.001
///   + trainer.optimizer.learning_rate: 0.01
///
/// @throws ConfigError if a text is no YAML.
std::string config_difference(const std::string& old_yaml, const std::string& new_yaml);

}  // namespace recur
