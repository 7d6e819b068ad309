// recur report RUN [--output FILE] [--csv]
#include <cstdio>

#include <fmt/format.h>

#include "apps/run_report.h"
#include "apps/verbs.h"
#include "trainers/log/metrics_csv.h"

namespace recur::apps {
namespace {

struct ReportArguments {
  std::string run;
  std::string output;
  bool csv = false;
};

void report(const ReportArguments& arguments) {
  const RunFolder run{arguments.run};
  if (arguments.csv) {
    fmt::print("{}", metrics_csv(read_metrics(run.history())));
    return;
  }
  const auto output = arguments.output.empty() ? run.report() : std::filesystem::path(arguments.output);
  write_run_report(run, output);
  fmt::print("{}\n", output.string());
}

}  // namespace

void add_report(CLI::App& app) {
  const auto arguments = std::make_shared<ReportArguments>();
  auto* verb = add_verb(app, "report", "write the page of a run again: curves, results, the task's own pictures",
                        "recur report runs/quickstart-1 --output quickstart.html");
  verb->add_option("RUN", arguments->run, "a run's folder; one that is still trained has a page too")->required();
  verb->add_option("--output", arguments->output, "the page; default RUN/report.html");
  verb->add_flag("--csv", arguments->csv,
                 "instead of the page, all that was measured as CSV on stdout, a line per step");
  verb->callback([arguments] { report(*arguments); });
}

}  // namespace recur::apps
