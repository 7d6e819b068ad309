// The command line as CLI11 knows it, read back: what help, completion and the man page have in common.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace recur::apps {

/// One word that begins with "-", or a positional.
struct CommandOption {
  std::vector<std::string> words;    ///< "--run" or "-h", "--help"; of a positional its name
  std::string what;                  ///< its line of help
  std::string value;                 ///< "TEXT", "INT", ...; "" if it takes none
  std::vector<std::string> choices;  ///< the values that it takes, if they are few
  bool positional = false, required = false, many = false;
};

/// A verb, or a verb's own ("data fetch").
struct Command {
  std::string path;  ///< "data fetch"; "" for the program itself
  std::string what, example;
  std::vector<CommandOption> options;
  std::vector<std::string> verbs;  ///< the words that may follow
};

/// The program itself, then each verb followed by its own.
std::vector<Command> command_tree(const CLI::App& app);

}  // namespace recur::apps
