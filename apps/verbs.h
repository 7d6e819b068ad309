// The verbs of the program.  Each adds a subcommand that does its work when the command line has been read; errors pass
// through as exceptions and become one message and an exit code in main.cpp.
#pragma once

#include <CLI/CLI.hpp>

#include "core/config_tree.h"

namespace recur::apps {

void add_train(CLI::App& app);
void add_sweep(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_predict(CLI::App& app);
void add_export(CLI::App& app);
void add_inspect(CLI::App& app);
void add_report(CLI::App& app);
void add_compare(CLI::App& app);
void add_import(CLI::App& app);
void add_config(CLI::App& app);
void add_list(CLI::App& app);
void add_describe(CLI::App& app);
void add_data(CLI::App& app);
void add_new(CLI::App& app);
void add_doctor(CLI::App& app);
void add_completion(CLI::App& app);
void add_man(CLI::App& app);

/// Ends the program with this exit code and no message: a signal has been answered, what is to be said has been said.
struct Exit {
  int code;
};

/// A config as the command line names it: `CONFIG [key=value ...]`.
struct ConfigArguments {
  std::string config;
  std::vector<std::string> overrides;

  /// Adds both to a verb.
  void add(CLI::App& verb, const char* what = "a YAML file");
  void add_overrides(CLI::App& verb);
  /// The file's config, overridden.  @throws ConfigError
  ConfigNode load() const { return overridden(load_config(config)); }
  ConfigNode overridden(ConfigNode node) const;
};

/// A subcommand with the example that its help ends with.
CLI::App* add_verb(CLI::App& app, const char* name, const char* what, const char* example);

}  // namespace recur::apps
