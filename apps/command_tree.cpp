#include "apps/command_tree.h"

#include <algorithm>

namespace recur::apps {
namespace {

/// CLI11 writes the values of IsMember as "TEXT:{a,b}".
std::vector<std::string> choices_in(const std::string& type) {
  std::vector<std::string> choices;
  const auto begin = type.find(":{"), end = type.rfind('}');
  if (begin == std::string::npos || end == std::string::npos) return choices;
  return CLI::detail::split(type.substr(begin + 2, end - begin - 2), ',');
}

CommandOption read_option(const CLI::Option& option) {
  CommandOption read{.words = {},
                     .what = option.get_description(),
                     .value = "",
                     .choices = {},
                     .positional = option.get_positional(),
                     .required = option.get_required(),
                     .many = option.get_expected_max() > 1};
  for (const auto& name : option.get_snames()) read.words.push_back("-" + name);
  for (const auto& name : option.get_lnames()) read.words.push_back("--" + name);
  if (read.positional) read.words = {option.get_name(true, false)};
  if (option.get_expected_max() == 0) return read;  // a flag
  const auto type = option.get_type_name();
  read.value = type.substr(0, type.find_first_of(": "));
  read.choices = choices_in(type);
  return read;
}

void add(const CLI::App& app, const std::string& path, std::vector<Command>& tree) {
  Command command{.path = path, .what = app.get_description(), .example = app.get_footer(), .options = {}, .verbs = {}};
  for (const auto* option : app.get_options()) command.options.push_back(read_option(*option));
  std::vector<const CLI::App*> shown;
  for (const auto* verb : app.get_subcommands(nullptr)) {
    if (verb->get_group().empty()) continue;  // hidden
    shown.push_back(verb);
    command.verbs.push_back(verb->get_name());
  }
  tree.push_back(std::move(command));
  for (const auto* verb : shown) add(*verb, path.empty() ? verb->get_name() : path + " " + verb->get_name(), tree);
}

}  // namespace

std::vector<Command> command_tree(const CLI::App& app) {
  std::vector<Command> tree;
  add(app, "", tree);
  return tree;
}

}  // namespace recur::apps
