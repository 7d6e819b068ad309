// recur export RUN --format FORMAT [--output FILE]
#include <algorithm>
#include <array>
#include <cstdio>

#include <fmt/format.h>

#include "apps/evaluation.h"
#include "apps/run_folder.h"
#include "apps/verbs.h"
#include "core/error.h"
#include "trainers/export_safetensors.h"
#include "trainers/log/format.h"

namespace recur::apps {
namespace {

struct ExportArguments {
  std::string run;
  std::string format = "torchscript";
  std::string output;
  bool optimize = false;
};

void note(const std::string& text) {
  fmt::print(stderr, "note: {}\n", text);
}

/// What `recur evaluate --json` says of the run.
nlohmann::ordered_json measure(Experiment& experiment) {
  return evaluation_json(experiment.run_options().task, experiment.evaluate(experiment.measured_split()));
}

/// Makes a file of what was checked.
void export_checked(TorchScriptExport result, Experiment& experiment, const std::filesystem::path& output,
                    void (*write)(const TorchScriptExport&, const std::filesystem::path&)) {
  result.extra_files["metrics.json"] = measure(experiment).dump(2) + "\n";
  write(result, output);
  fmt::print(stderr, "checked {} outputs against the model: largest difference {:.2g}\n",
             format_count(result.check.outputs), result.check.difference);
  for (const auto& text : result.notes) note(text);
}

void export_torchscript(Experiment& experiment, const ExportArguments& arguments, const std::filesystem::path& output) {
  export_checked(experiment.export_torchscript(arguments.optimize), experiment, output, &write_torchscript);
}

void export_onnx(Experiment& experiment, const ExportArguments& /*arguments*/, const std::filesystem::path& output) {
  export_checked(experiment.export_torchscript(), experiment, output, &write_onnx);
  note(
      "the file holds forward alone; texts, images and sounds are made into tensors outside. What was checked is the "
      "TorchScript that it is made of");
}

/// Weights alone are written where the data is not at hand, too.
void export_safetensors(Experiment& experiment, const ExportArguments& /*arguments*/,
                        const std::filesystem::path& output) {
  auto content = to_safetensors(experiment, RECUR_VERSION);
  try {
    auto metrics = measure(experiment);
    metrics.erase("details");
    content.metadata[safetensors_key::kMetrics] = metrics.dump();
  } catch (const DataError& error) {
    note(fmt::format("the file's metadata holds no metrics: {}", error.what()));
  }
  write_safetensors(output, content);
  int64_t numbers = 0;
  for (const auto& [name, tensor] : content.tensors) numbers += tensor.numel();
  fmt::print(stderr, "{} tensors of {} numbers\n", content.tensors.size(), format_count(numbers));
}

struct Format {
  const char* name;
  const char* file;  ///< in the run's folder, without --output
  void (*write)(Experiment& experiment, const ExportArguments& arguments, const std::filesystem::path& output);
};

/// A new format is a function above and a line here.
constexpr std::array kFormats{
    Format{"torchscript", "model.pt", &export_torchscript},
    Format{"onnx", "model.onnx", &export_onnx},
    Format{"safetensors", "model.safetensors", &export_safetensors},
};

/// A name that ends like another format's file would say something else than what is in it.
void check_ending(const std::filesystem::path& output, const Format& format) {
  const auto ending = output.extension();
  for (const auto& other : kFormats) {
    if (&other == &format || ending != std::filesystem::path(other.file).extension()) continue;
    throw ConfigError(
        fmt::format("{} is a name for {}, and {} would be written: say --format {}, or choose another name",
                    output.string(), other.name, format.name, other.name));
  }
}

void export_run(const ExportArguments& arguments) {
  if (arguments.optimize && arguments.format != "torchscript") {
    throw ConfigError("--optimize is for --format torchscript: it says which of its two forms is written");
  }
  const RunFolder run{arguments.run};
  const auto& format = *std::ranges::find(kFormats, arguments.format, &Format::name);
  const auto output = arguments.output.empty() ? run.path / format.file : std::filesystem::path(arguments.output);
  check_ending(output, format);
  const auto experiment = open_run(run);
  format.write(*experiment, arguments, output);
  fmt::print("{}\n", output.string());
}

}  // namespace

void add_export(CLI::App& app) {
  std::vector<std::string> names;
  std::string files;
  for (const auto& format : kFormats) {
    names.emplace_back(format.name);
    files += fmt::format("{}RUN/{}", files.empty() ? "" : ", ", format.file);
  }
  const auto arguments = std::make_shared<ExportArguments>();
  auto* verb = add_verb(app, "export", "write a run's best weights as one self-contained file",
                        "recur export runs/quickstart-1 --format torchscript --output forecaster.pt");
  verb->add_option("RUN", arguments->run, "a run's folder")->required();
  verb->add_option("--format", arguments->format, "what is written")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  verb->add_option("--output", arguments->output, "the file; default " + files);
  verb->add_flag(
      "--optimize", arguments->optimize,
      "torchscript: torch's own LSTM, GRU and RNN in place of the cells' equations; the same but for rounding");
  verb->callback([arguments] { export_run(*arguments); });
}

}  // namespace recur::apps
