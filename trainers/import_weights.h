// An experiment whose weights were trained elsewhere, e.g. in Python by torch.nn.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/config_tree.h"
#include "datasets/read_progress.h"
#include "datasets/text/adopted_vocabulary.h"
#include "trainers/experiment.h"

namespace recur {

/// What stands between raw data and the network, where it is not fitted on the config's data.
struct GivenPipeline {
  std::string json;  ///< Task::pipeline_json()
  /// Tensors of the model whose rows the file has by other ids.
  std::map<std::string, AdoptedVocabulary> embeddings = {};
};

/// What a person knows of the ids that a text classifier was trained with.
struct GivenIds {
  std::filesystem::path vocabulary = {};   ///< see read_vocabulary()
  std::string padding = "", unknown = "";  ///< see adopt_vocabulary()
  std::vector<std::string> labels = {};    ///< of the classes, in the order of the outputs
};

/// The pipeline of a sentiment config with the ids that the weights were trained with.
/// @throws ConfigError for a config of another task, or without two labels; else as read_vocabulary(),
///                     adopt_vocabulary()
GivenPipeline given_pipeline(const ConfigNode& config, const GivenIds& ids);

struct ImportedWeights {
  std::unique_ptr<Experiment> experiment;
  std::map<std::string, std::string> names;  ///< of each tensor of the model: what it is called in the file
};

/// Builds the config's experiment and gives its model the weights, in the model's own dtype.
/// @param config    the whole of it
/// @param weights   as read_weights() reads them
/// @param renamed   see match_weights()
/// @param pipeline  null: fitted on the config's data, as training does
/// @param progress  called while data are read
/// @throws ConfigError, DataError, CheckpointError
ImportedWeights import_weights(const ConfigNode& config, const TensorMap& weights,
                               const std::map<std::string, std::string>& renamed, const GivenPipeline* pipeline,
                               const ReadProgress& progress = {});

}  // namespace recur
