// recur import WEIGHTS --config CONFIG [key=value ...] [--map THEIRS=OURS ...] [--vocabulary FILE --labels A,B] [--run
// DIR]
#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "apps/reading_bar.h"
#include "apps/run_folder.h"
#include "apps/verbs.h"
#include "core/error.h"
#include "core/files.h"
#include "core/weights_file.h"
#include "trainers/catalog.h"
#include "trainers/export_safetensors.h"
#include "trainers/import_weights.h"
#include "trainers/log/format.h"
#include "trainers/log/table.h"

namespace recur::apps {
namespace {

struct ImportArguments {
  std::string weights, pipeline, run;
  ConfigArguments config;
  std::vector<std::string> map;
  std::string vocabulary, padding, unknown;
  std::vector<std::string> labels;
};

using Metadata = std::map<std::string, std::string>;

/// What `recur export --format safetensors` left in the file; nothing in any other.
Metadata metadata_of(const std::string& path) {
  try {
    return read_safetensors(path).metadata;
  } catch (const CheckpointError&) {
    return {};
  }
}

ConfigNode read_config(const ImportArguments& arguments, const Metadata& metadata) {
  if (arguments.config.config.empty() && !metadata.contains(safetensors_key::kConfig)) {
    throw ConfigError(
        fmt::format("--config: {} does not say which network it is of, as files of `recur export` do; name a config",
                    arguments.weights));
  }
  if (!arguments.config.config.empty()) return arguments.config.load();
  return arguments.config.overridden(
      parse_config(metadata.at(safetensors_key::kConfig), arguments.weights + ": config"));
}

/// The pipeline that the command line or the file gives; nothing where the config's data is to give it.
std::optional<GivenPipeline> read_pipeline(const ImportArguments& arguments, const ConfigNode& config,
                                           const Metadata& metadata) {
  if (!arguments.vocabulary.empty()) {
    return given_pipeline(config, {.vocabulary = arguments.vocabulary,
                                   .padding = arguments.padding,
                                   .unknown = arguments.unknown,
                                   .labels = arguments.labels});
  }
  if (!arguments.pipeline.empty()) return GivenPipeline{.json = read_file(arguments.pipeline)};
  const auto found = metadata.find(safetensors_key::kPipeline);
  if (found == metadata.end()) return std::nullopt;
  return GivenPipeline{.json = found->second};
}

/// "lstm=recurrent" and so on; what is behind the sign may be empty.
std::map<std::string, std::string> read_map(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> map;
  for (const auto& text : texts) {
    const auto sign = text.find('=');
    if (sign == std::string::npos || sign == 0) {
      throw ConfigError(fmt::format("--map: expected THEIRS=OURS, e.g. lstm=recurrent, got \"{}\"", text));
    }
    map[text.substr(0, sign)] = text.substr(sign + 1);
  }
  return map;
}

void tell(Experiment& experiment, const ImportedWeights& imported, const std::optional<GivenPipeline>& pipeline) {
  Table table{.header = {"in the file", "in the model", "shape"}};
  for (const auto& [name, tensor] : model_state(experiment.model())) {
    table.rows.push_back({imported.names.at(name), name, fmt::format("[{}]", fmt::join(tensor.sizes(), ", "))});
  }
  fmt::print(stderr, "{}", table.to_string());
  if (!pipeline && experiment.pipeline_json() != "{}") {
    fmt::print(stderr, "note: ids, labels and scales are those that training on the config's data has\n");
  }
  if (!pipeline) return;
  for (const auto& [name, vocabulary] : pipeline->embeddings) {
    const auto& never = vocabulary.unreachable;
    if (never.empty()) continue;
    fmt::print(stderr, "note: of {} tokens, {} are none that data.text makes of a text, e.g. \"{}\"\n",
               format_count(vocabulary.old_size), format_count(static_cast<int64_t>(never.size())), never.front());
  }
}

/// What training would have left.
/// @param fitted  the pipeline is that of training on the config's data: the run can be trained on
void write_run(const RunFolder& run, Experiment& experiment, bool fitted) {
  Checkpoint checkpoint{.config_yaml = experiment.config_yaml()};
  if (fitted) checkpoint.metrics = experiment.validate();  // before the pipeline: forecasts' intervals come of it
  checkpoint.pipeline_json = experiment.pipeline_json();
  checkpoint.model = model_state(experiment.model());
  write_checkpoint(run.best(), checkpoint);
  if (fitted) checkpoint.training.emplace();
  write_checkpoint(run.last(), checkpoint);
  write_file_atomically(run.config(), checkpoint.config_yaml);
}

/// Errors name the file they are about.
ImportedWeights take_up(const ImportArguments& arguments, const ConfigNode& config, const TensorMap& weights,
                        const GivenPipeline* pipeline) {
  try {
    return import_weights(config, weights, read_map(arguments.map), pipeline, reading_bar());
  } catch (const CheckpointError& error) {
    throw CheckpointError(fmt::format("{}: {}", arguments.weights, error.what()));
  } catch (const nlohmann::json::exception& error) {  // what a pipeline's JSON lacks
    throw ConfigError(fmt::format("the pipeline is not one of {}: {}", task_of(config).name, error.what()));
  }
}

void import_run(const ImportArguments& arguments) {
  const auto weights = read_weights(arguments.weights);
  const auto metadata = arguments.config.config.empty() ? metadata_of(arguments.weights) : Metadata{};
  const auto config = read_config(arguments, metadata);
  const auto resolved = task_of(config).resolve(config);
  if (resolved.folds) throw ConfigError("data.folds: an import is one network, not one for each fold; add ~data.folds");
  const auto run = unused_run_folder(arguments.run, resolved.run.name);
  prepare_machine(resolved.run);
  const auto pipeline = read_pipeline(arguments, config, metadata);
  const auto imported = take_up(arguments, config, weights, pipeline ? &*pipeline : nullptr);
  tell(*imported.experiment, imported, pipeline);
  write_run(run, *imported.experiment, !pipeline);
  fmt::print(stderr, "next: recur evaluate {}\n", run.path.string());
  fmt::print("{}\n", run.path.string());
}

}  // namespace

void add_import(CLI::App& app) {
  const auto arguments = std::make_shared<ImportArguments>();
  auto& a = *arguments;
  auto* verb = add_verb(app, "import", "make a run of weights that were trained elsewhere, e.g. by torch.nn in Python",
                        "recur import model.safetensors --config sentiment.yaml --vocabulary vocab.txt "
                        "--labels negative,positive");
  verb->add_option("WEIGHTS", a.weights, "a state_dict that torch.save wrote, or safetensors")->required();
  a.config.add_overrides(*verb);
  verb->add_option("--config", a.config.config,
                   "a YAML file: the network's sizes, the data; default: what `recur export` wrote into the file");
  verb->add_option("--map", a.map,
                   "THEIRS=OURS: a tensor or module of the file by the model's name, where shapes leave it open; "
                   "THEIRS= leaves it out")
      ->allow_extra_args(false);
  auto* vocabulary = verb->add_option("--vocabulary", a.vocabulary,
                                      "sentiment: the tokens by their ids, one a line, or JSON; default: that of the "
                                      "config's training data, as `recur train` makes it");
  verb->add_option("--padding", a.padding, "the vocabulary's token for padding; default <pad> or [PAD]")
      ->needs(vocabulary);
  verb->add_option("--unknown", a.unknown, "its token for unknown ones; default <unk>, [UNK] or <oov>")
      ->needs(vocabulary);
  verb->add_option("--labels", a.labels, "with it: the classes in the order of the outputs, e.g. negative,positive")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->needs(vocabulary);
  verb->add_option("--pipeline", a.pipeline,
                   "a JSON file of the pipeline, scales and all, as safetensors of `recur export` have it in their "
                   "metadata")
      ->excludes(vocabulary);
  verb->add_option("--run", a.run, "the run's folder; default runs/NAME-N");
  verb->callback([arguments] { import_run(*arguments); });
}

}  // namespace recur::apps
