// recur compare RUN RUN ... [--json] [--output FILE]
#include <cstdio>

#include <fmt/format.h>

#include "apps/verbs.h"
#include "core/files.h"
#include "trainers/log/comparison.h"

namespace recur::apps {
namespace {

struct CompareArguments {
  std::vector<std::string> runs;
  std::string output;
  bool json = false;
};

void compare(const CompareArguments& arguments) {
  const auto comparison = compare_runs({arguments.runs.begin(), arguments.runs.end()});
  if (!arguments.output.empty()) write_file_atomically(arguments.output, render_comparison(comparison));
  if (arguments.json) {
    fmt::print("{}\n", comparison_json(comparison).dump());
  } else {
    fmt::print("{}", comparison_text(comparison));
    if (!arguments.output.empty()) fmt::print("\n{}\n", arguments.output);
  }
}

}  // namespace

void add_compare(CLI::App& app) {
  const auto arguments = std::make_shared<CompareArguments>();
  auto* verb = add_verb(app, "compare", "put runs side by side: configs, results, curves",
                        "recur compare runs/quickstart-1 runs/quickstart-2 --output compare.html");
  verb->add_option("RUN", arguments->runs, "folders of runs of one task, at least two")->required()->expected(2, -1);
  verb->add_option("--output", arguments->output, "also a page with the curves of all runs in a chart per metric");
  verb->add_flag("--json", arguments->json, "one JSON object on stdout");
  verb->callback([arguments] { compare(*arguments); });
}

}  // namespace recur::apps
