// recur man: the page recur(1), made of the same texts as --help
#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/command_tree.h"
#include "apps/verbs.h"

namespace recur::apps {
namespace {

/// Text as roff takes it: a backslash or "-" is itself, and no line begins with what would be a request.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool line_begins = out.empty() || out.back() == '\n';
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string term(const CommandOption& option) {
  std::string words;
  for (const auto& word : option.words) words += (words.empty() ? "" : ", ") + word;
  std::string value = option.positional ? "" : option.value;
  if (!option.choices.empty()) value = fmt::format("{}", fmt::join(option.choices, "|"));
  return "\\fB" + roff(words) + "\\fR" + (value.empty() ? "" : " \\fI" + roff(value) + "\\fR");
}

std::string synopsis(const Command& command) {
  std::string line = "recur " + command.path;
  for (const auto& option : command.options) {
    if (!option.positional) continue;
    line += fmt::format(fmt::runtime(option.required ? " {}{}" : " [{}{}]"), option.words.front(),
                        option.many ? "..." : "");
  }
  return line;
}

void print_options(const Command& command) {
  for (const auto& option : command.options) fmt::print(".TP\n{}\n{}\n", term(option), roff(option.what));
}

/// CLI11's footers: "Example:\n  recur ...".
void print_as_it_is(const std::string& text) {
  if (!text.empty()) fmt::print(".nf\n{}\n.fi\n", roff(text));
}

void print_page(const CLI::App& app) {
  const auto tree = command_tree(app);
  fmt::print(".TH RECUR 1 {} \"recur {}\" \"User Commands\"\n.SH NAME\nrecur \\- {}\n", RECUR_DATE, RECUR_VERSION,
             roff(tree[0].what.substr(tree[0].what.find(": ") + 2)));
  fmt::print(".SH SYNOPSIS\n\\fBrecur\\fR [\\fIOPTIONS\\fR] \\fIVERB\\fR ...\n.SH OPTIONS\n");
  print_options(tree[0]);
  fmt::print(".SH VERBS\n");
  for (const auto& command : tree) {
    if (command.path.empty()) continue;
    fmt::print(".SS \"{}\"\n{}\n", roff(synopsis(command)), roff(command.what));
    print_options(command);
    // A verb's own has no example of its own.
    if (command.path.find(' ') == std::string::npos && !command.example.empty()) {
      fmt::print(".PP\n");
      print_as_it_is(command.example);
    }
  }
  fmt::print(".SH EXAMPLES AND EXIT STATUS\n");
  print_as_it_is(tree[0].example);
}

}  // namespace

void add_man(CLI::App& app) {
  auto* verb = add_verb(app, "man", "print the manual page recur(1)", "recur man | man -l -");
  verb->callback([&app] { print_page(app); });
}

}  // namespace recur::apps
