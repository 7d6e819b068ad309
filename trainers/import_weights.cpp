#include "trainers/import_weights.h"

#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "trainers/catalog.h"
#include "trainers/match_weights.h"
#include "trainers/tasks/sentiment.h"

namespace recur {
namespace {

/// The model's tensors, but as many rows of embeddings as the file has.
TensorMap expected_weights(const torch::nn::Module& model, const GivenPipeline* pipeline) {
  auto expected = model_state(model);
  if (pipeline == nullptr) return expected;
  for (const auto& [name, vocabulary] : pipeline->embeddings) {
    const auto& embedding = expected.at(name);
    expected[name] = embedding.new_empty({vocabulary.old_size, embedding.size(1)});
  }
  return expected;
}

}  // namespace

GivenPipeline given_pipeline(const ConfigNode& config, const GivenIds& ids) {
  if (task_of(config).name != "sentiment") {
    throw ConfigError(fmt::format(
        "--vocabulary and --labels are for sentiment; what {} needs is fitted on the config's data, or comes by "
        "--pipeline",
        task_of(config).name));
  }
  if (std::set(ids.labels.begin(), ids.labels.end()).size() != ids.labels.size() || ids.labels.size() < 2) {
    throw ConfigError(
        "--labels: expected the names of two classes or more, all different, in the order of the outputs");
  }
  const auto options = read_options<SentimentOptions>(config);
  const auto adopted = adopt_vocabulary(read_vocabulary(ids.vocabulary), options.data.text, ids.padding, ids.unknown);
  const nlohmann::ordered_json json = {{"text", nlohmann::ordered_json::parse(adopted.pipeline_json)},
                                       {"labels", ids.labels}};
  return {.json = json.dump(), .embeddings = {{"embedding.weight", adopted}}};
}

ImportedWeights import_weights(const ConfigNode& config, const TensorMap& weights,
                               const std::map<std::string, std::string>& renamed, const GivenPipeline* pipeline,
                               const ReadProgress& progress) {
  const auto& task = task_of(config);
  std::optional<Checkpoint> given;
  if (pipeline != nullptr) given = Checkpoint{.pipeline_json = pipeline->json};  // and no weights
  ImportedWeights imported{.experiment = task.make(config, given ? &*given : nullptr, progress), .names = {}};
  auto& model = imported.experiment->model();
  imported.names = match_weights(expected_weights(model, pipeline), weights, renamed);
  TensorMap state;
  for (const auto& [name, tensor] : model_state(model)) {
    auto theirs = weights.at(imported.names.at(name)).to(tensor.scalar_type());
    const bool by_ids = pipeline != nullptr && pipeline->embeddings.contains(name);
    state[name] = by_ids ? pipeline->embeddings.at(name).reorder(theirs) : theirs;
  }
  load_model_state(model, state, "the weights");
  return imported;
}

}  // namespace recur
