// recur predict RUN [INPUT ...] [--json]
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "apps/run_folder.h"
#include "apps/verbs.h"
#include "core/device.h"
#include "core/error.h"
#include "trainers/log/progress.h"

namespace recur::apps {
namespace {

constexpr size_t kLinesAtOnce = 256;

struct PredictArguments {
  std::string run;
  PredictRequest request;
  SamplingOptions sampling;
  int64_t beam_width = 1, seed = 0;
  bool json = false;
  const CLI::App* verb = nullptr;

  bool has(const std::string& option) const { return verb->count(option) > 0; }
};

/// What a task makes of each option that only some tasks know.
constexpr std::array kTaskOptions{"--steps",       "--length", "--beam-width", "--n-best", "--top-k",
                                  "--temperature", "--top-p",  "--picture",    "--stream"};

void check_options(const PredictArguments& arguments, const Experiment& experiment) {
  const auto known = experiment.predict_options();
  for (const std::string option : kTaskOptions) {
    if (!arguments.has(option) || std::ranges::count(known, option) > 0) continue;
    throw ConfigError(fmt::format("{} is not for {}, which takes {}", option, experiment.run_options().task,
                                  known.empty() ? "none of these options" : fmt::format("{}", fmt::join(known, ", "))));
  }
}

/// Sampling is asked for by any of its options.
void add_search(PredictArguments& arguments, const RunOptions& run) {
  const bool samples = arguments.has("--temperature") || arguments.has("--top-k") || arguments.has("--top-p");
  if (samples && (arguments.has("--beam-width") || arguments.has("--n-best"))) {
    throw ConfigError(
        "--beam-width and --n-best search for the likeliest sentences, --temperature, --top-k and --top-p draw one: "
        "one or the other");
  }
  if (samples) arguments.request.sampling = arguments.sampling;
  if (arguments.has("--beam-width")) arguments.request.beam_width = arguments.beam_width;
  if (arguments.has("--seed") && !samples) {
    throw ConfigError("--seed is for what is drawn: it goes with --temperature, --top-k or --top-p");
  }
  if (samples && arguments.has("--seed")) seed_everything(arguments.seed, run.deterministic);
}

void print(Experiment& experiment, PredictRequest request) {
  bool was_told = false;
  request.told = [&](const std::string& text) {
    was_told = true;
    fmt::print("{}", text);
    std::fflush(stdout);
  };
  const auto prediction = experiment.predict(request);
  if (!was_told) {
    fmt::print("{}", experiment.prediction_text(prediction, {.colour = shows_colour(STDOUT_FILENO)}));
  }
  std::fflush(stdout);
}

bool read_line(std::string& line) {
  if (!std::getline(std::cin, line)) return false;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return true;
}

/// One text at a time, as they are typed.
void prompt(Experiment& experiment, PredictRequest request) {
  fmt::print(stderr, "a text a line; Ctrl-D ends\n");
  std::string line;
  for (;;) {
    fmt::print(stderr, "> ");
    if (!read_line(line)) break;
    request.inputs = {line};
    if (!line.empty()) print(experiment, request);
  }
  fmt::print(stderr, "\n");
}

/// Some lines, the first of which is number `first`.  Of a line that cannot be read, the number is told, and those
/// before it are answered.
void print_lines(Experiment& experiment, PredictRequest request, const std::vector<std::string>& lines, int64_t first) {
  try {
    request.inputs = lines;
    print(experiment, request);
  } catch (const DataError&) {
    for (const auto& line : lines) {
      try {
        request.inputs = {line};
        print(experiment, request);
      } catch (const DataError& error) {
        throw DataError({"stdin", first}, error.what());
      }
      ++first;
    }
  }
}

/// Lines of a pipe or a file: as many at once as have come.
void read_lines(Experiment& experiment, const PredictRequest& request) {
  std::vector<std::string> lines;
  std::string line;
  int64_t first = 1;
  for (bool more = true; more;) {
    more = read_line(line);
    if (more) lines.push_back(line);
    const bool wait = more && lines.size() < kLinesAtOnce && std::cin.rdbuf()->in_avail() > 0;
    if (wait || lines.empty()) continue;
    print_lines(experiment, request, lines, first);
    first += static_cast<int64_t>(lines.size());
    lines.clear();
  }
}

void predict(PredictArguments arguments) {
  const auto experiment = open_run({arguments.run});
  check_options(arguments, *experiment);
  add_search(arguments, experiment->run_options());
  auto& request = arguments.request;
  if (experiment->reads_text()) {
    std::ios::sync_with_stdio(false);
    for (const auto& input : request.inputs) {
      if (!std::filesystem::is_regular_file(input)) continue;
      fmt::print(stderr, "note: \"{0}\" is read as a text; its lines: recur predict {1} < {0}\n", input, arguments.run);
    }
  }
  if (request.inputs.empty() && experiment->reads_text()) {
    if (!arguments.json) {
      return isatty(STDIN_FILENO) != 0 ? prompt(*experiment, request) : read_lines(*experiment, request);
    }
    for (std::string line; read_line(line);) request.inputs.push_back(line);
  }
  if (arguments.json) {
    fmt::print("{}\n", experiment->predict(request).dump());
  } else {
    print(*experiment, request);
  }
}

}  // namespace

void add_predict(CLI::App& app) {
  const auto arguments = std::make_shared<PredictArguments>();
  auto* verb = add_verb(app, "predict", "use a run's best weights on new input",
                        "recur predict runs/sentiment-1 \"a touching film\"");
  verb->add_option("RUN", arguments->run, "a run's folder")->required();
  verb->add_option("INPUT", arguments->request.inputs,
                   "stock: CSV files of prices, forecast from their last rows; default: the run's own data. "
                   "sentiment, translation: texts; default: lines of stdin, or a prompt. "
                   "captioning: JPEG and PNG files; default: images of the test split. "
                   "language: texts to go on with; default: none, the model begins. "
                   "speech: sound files (WAV, FLAC, OGG, SPHERE); default: some of the test split. "
                   "classification: PNG, JPEG, idx or CSV files; default: some of the test split");
  verb->add_option("--steps", arguments->request.steps,
                   "forecasts: how many values; beyond the model's horizon its forecasts are fed back")
      ->check(CLI::Range(int64_t{1}, int64_t{10000}));
  verb->add_option("--length", arguments->request.length, "language: tokens that are written behind each text")
      ->check(CLI::Range(int64_t{1}, int64_t{1000000}));
  verb->add_option("--beam-width", arguments->beam_width,
                   "captions, translations, speech: sentences kept in sight; 1: greedy; default: the config's")
      ->check(CLI::Range(int64_t{1}, int64_t{1000}));
  verb->add_option("--n-best", arguments->request.n_best,
                   "translations, speech: how many are told of each, the best first; a beam is at least as wide")
      ->check(CLI::Range(int64_t{1}, int64_t{1000}));
  verb->add_option(
          "--temperature", arguments->sampling.temperature,
          "captions, translations, language: draw words from the model's distribution; below 1: more likely ones")
      ->check(CLI::Range(1e-3, 1e3));
  verb->add_option("--top-k", arguments->sampling.top_k,
                   "captions, translations, language: draw from the k likeliest words")
      ->check(CLI::PositiveNumber);
  verb->add_option(
          "--top-p", arguments->sampling.top_p,
          "captions, translations, language: draw from the likeliest words that together have this probability")
      ->check(CLI::Range(1e-6, 1.0));
  verb->add_option("--seed", arguments->seed, "of what is drawn; default: the config's")->check(CLI::NonNegativeNumber);
  verb->add_option("--picture", arguments->request.picture,
                   "captions: draw the image with its caption and, with attention, where each word looked; "
                   "speech: the spectrogram with what was heard in it; a PNG file");
  verb->add_flag("--stream", arguments->request.stream,
                 "speech: hear the file in chunks of 0.1 s and tell as it is heard; a network of one direction");
  verb->add_flag("--json", arguments->json, "one JSON object on stdout");
  arguments->verb = verb;
  verb->callback([arguments] { predict(*arguments); });
}

}  // namespace recur::apps
