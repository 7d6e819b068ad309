// recur inspect RUN [INPUT] [--output FILE] [--json]
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/run_folder.h"
#include "apps/verbs.h"
#include "core/files.h"
#include "trainers/inspection.h"
#include "trainers/log/format.h"
#include "trainers/log/inspection_page.h"

namespace recur::apps {
namespace {

struct InspectArguments {
  std::string run, input, output;
  bool json = false;
};

/// What `predict` is asked for: one path, so that each step follows from the one before it.
PredictRequest request_of(const InspectArguments& arguments, const Experiment& experiment) {
  PredictRequest request;
  const auto options = experiment.predict_options();
  if (std::ranges::count(options, "--beam-width") > 0) request.beam_width = 1;
  if (arguments.input.empty()) return request;
  request.inputs = {arguments.input};
  // A text is looked at as it is read, not as it is gone on with.
  if (std::ranges::count(options, "--length") > 0) request.length = 1;
  return request;
}

std::string subtitle_of(const InspectArguments& arguments, const Inspection& inspection) {
  if (!arguments.input.empty()) {
    return fmt::format("What went on in its recurrent layers while it read “{}”.", printable(arguments.input));
  }
  const auto& said = inspection.prediction;
  const bool are_several = std::ranges::any_of(
      said, [](const auto& part) { return part.is_array() && part.size() > 1 && part.front().is_object(); });
  return are_several
             ? "What went on in its recurrent layers at the first of what it predicted; of inputs that are read "
               "at once, at the longest."
             : "What went on in its recurrent layers while it predicted.";
}

void inspect_run(const InspectArguments& arguments) {
  const RunFolder run{arguments.run};
  const auto experiment = open_run(run);
  const auto inspection = inspect(*experiment, request_of(arguments, *experiment));
  if (arguments.json) {
    fmt::print("{}\n", inspection_json(inspection).dump());
    return;
  }
  const auto options = experiment->run_options();
  const auto file = arguments.output.empty() ? run.path / "inspect.html" : std::filesystem::path(arguments.output);
  const auto html = render_inspection(inspection, {.title = "Inside " + options.name,
                                                   .subtitle = subtitle_of(arguments, inspection),
                                                   .facts = {{"task", options.task}, {"run", run.path.string()}},
                                                   .said = experiment->prediction_text(inspection.prediction, {})});
  write_file_atomically(file, html);
  fmt::print("{}\n", file.string());
}

}  // namespace

void add_inspect(CLI::App& app) {
  const auto arguments = std::make_shared<InspectArguments>();
  auto* verb = add_verb(app, "inspect", "look inside a run's recurrent layers: gates, states, gradient flow",
                        "recur inspect runs/sentiment-1 \"not a bad film at all\"");
  verb->add_option("RUN", arguments->run, "a run's folder")->required();
  verb->add_option("INPUT", arguments->input,
                   "what it is to read, as for `recur predict`; default: the run's own data, where it has some");
  verb->add_option("--output", arguments->output, "the page; default: RUN/inspect.html");
  verb->add_flag("--json", arguments->json, "all numbers as one JSON object on stdout, and no page");
  verb->callback([arguments] { inspect_run(*arguments); });
}

}  // namespace recur::apps
