// recur completion bash|zsh|fish
#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/command_tree.h"
#include "apps/verbs.h"
#include "datasets/catalog.h"
#include "models/engine/cell_type.h"
#include "trainers/catalog.h"

namespace recur::apps {
namespace {

using Words = std::vector<std::string>;

/// What a positional called NAME may be; everything else that is not a choice is a file.
Words names_for(const Command& command) {
  if (command.path == "data fetch" || command.path == "data verify") return data_names();
  if (command.path != "describe") return {};
  auto names = engine::cell_names();
  for (const auto& task : task_names()) names.push_back(task);
  for (const auto& data : data_names()) names.push_back(data);
  names.push_back("options");
  return names;
}

/// The words that may stand where no option's value is expected.
Words words_of(const Command& command) {
  auto words = command.verbs;
  for (const auto& option : command.options) {
    const auto& more = !option.positional        ? option.words
                       : !option.choices.empty() ? option.choices
                                                 : names_for(command);
    words.insert(words.end(), more.begin(), more.end());
  }
  return words;
}

/// Configs, runs, archives: every positional that has no names of its own.
bool takes_files(const Command& command) {
  return std::any_of(command.options.begin(), command.options.end(), [&](const CommandOption& option) {
    return option.positional && option.choices.empty() && names_for(command).empty();
  });
}

/// One function serves bash and, by its bashcompinit, zsh.
constexpr const char* kShell = R"(_recur() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} verb= words= files= at
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    case ${{COMP_WORDS[at]}} in
      --plugin) ((at++)) ;;
      -*) ;;
      *) case "${{verb:+$verb }}${{COMP_WORDS[at]}}" in {paths}) verb="${{verb:+$verb }}${{COMP_WORDS[at]}}" ;; *) break ;; esac ;;
    esac
  done
  case "$verb $before" in
{values}  esac
  case $verb in
{verbs}  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  [[ -n $files ]] && _recur_files
}}
_recur_files() {{
  local IFS=$'\n'  # names may have blanks
  COMPREPLY+=($(compgen -f -- "$word"))
}}
)";

std::string shell_function(const std::vector<Command>& tree) {
  Words paths;
  std::string values, verbs;
  for (const auto& command : tree) {
    if (!command.path.empty()) paths.push_back('"' + command.path + '"');
    verbs += fmt::format("    \"{}\") words=\"{}\"{} ;;\n", command.path, fmt::join(words_of(command), " "),
                         takes_files(command) ? " files=yes" : "");
    for (const auto& option : command.options) {
      if (option.positional || option.value.empty()) continue;
      for (const auto& word : option.words) {
        const auto choices =
            fmt::format("COMPREPLY=($(compgen -W \"{}\" -- \"$word\"))", fmt::join(option.choices, " "));
        values += fmt::format("    \"{} {}\") {}; return ;;\n", command.path, word,
                              option.choices.empty() ? "_recur_files" : choices);
      }
    }
  }
  return fmt::format(fmt::runtime(kShell), fmt::arg("paths", fmt::format("{}", fmt::join(paths, "|"))),
                     fmt::arg("values", values), fmt::arg("verbs", verbs));
}

void bash(const std::vector<Command>& tree) {
  fmt::print("# bash completion of recur; made by `recur completion bash`\n{}complete -o filenames -F _recur recur\n",
             shell_function(tree));
}

void zsh(const std::vector<Command>& tree) {
  fmt::print(
      "#compdef recur\n# made by `recur completion zsh`\nautoload -U +X bashcompinit && bashcompinit\n{}"
      "complete -o filenames -F _recur recur\n",
      shell_function(tree));
}

std::string fish_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += (c == '\'' || c == '\\') ? std::string("\\") + c : std::string(1, c);
  return out + "'";
}

/// Fish's condition for "the line so far names this command".
std::string fish_condition(const Command& command) {
  if (command.path.empty()) return "__fish_use_subcommand";
  std::string condition = "__fish_seen_subcommand_from " + command.path;
  if (const auto space = command.path.find(' '); space != std::string::npos) {
    condition = fmt::format("__fish_seen_subcommand_from {}; and __fish_seen_subcommand_from {}",
                            command.path.substr(0, space), command.path.substr(space + 1));
  }
  return condition;
}

void fish(const std::vector<Command>& tree) {
  fmt::print("# fish completion of recur; made by `recur completion fish`\n");
  for (const auto& command : tree) {
    const auto line = fmt::format("complete -c recur -n '{}'", fish_condition(command));
    if (!command.path.empty() && command.path.find(' ') == std::string::npos) {
      fmt::print("complete -c recur -f -n __fish_use_subcommand -a {} -d {}\n", command.path,
                 fish_quoted(command.what));
    }
    if (!command.path.empty() && !command.verbs.empty())
      fmt::print("{} -f -a '{}'\n", line, fmt::join(command.verbs, " "));
    for (const auto& option : command.options) {
      if (option.positional) {
        const auto words = option.choices.empty() ? names_for(command) : option.choices;
        if (!words.empty()) fmt::print("{} -f -a '{}'\n", line, fmt::join(words, " "));
        continue;
      }
      for (const auto& word : option.words) {
        fmt::print("{} -{} {}{}{} -d {}\n", line, word.starts_with("--") ? "l" : "s",
                   word.substr(word.find_first_not_of('-')), option.value.empty() ? "" : " -r",
                   option.choices.empty() ? "" : fmt::format(" -f -a '{}'", fmt::join(option.choices, " ")),
                   fish_quoted(option.what));
      }
    }
  }
}

}  // namespace

void add_completion(CLI::App& app) {
  const auto shell = std::make_shared<std::string>();
  auto* verb = add_verb(app, "completion", "print what makes a shell complete recur's verbs, options and names",
                        "recur completion bash > ~/.local/share/bash-completion/completions/recur");
  verb->add_option("SHELL", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  verb->callback([shell, &app] {
    const auto tree = command_tree(app);
    *shell == "bash" ? bash(tree) : *shell == "zsh" ? zsh(tree) : fish(tree);
  });
}

}  // namespace recur::apps
