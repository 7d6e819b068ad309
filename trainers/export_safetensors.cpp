#include "trainers/export_safetensors.h"

#include "trainers/checkpoint.h"

namespace recur {

Safetensors to_safetensors(Experiment& experiment, const std::string& version) {
  namespace key = safetensors_key;
  return {.tensors = model_state(experiment.model()),
          .metadata = {{key::kFormat, "pt"},
                       {key::kVersion, version},
                       {key::kTask, experiment.run_options().task},
                       {key::kConfig, experiment.config_yaml()},
                       {key::kPipeline, experiment.pipeline_json()}}};
}

}  // namespace recur
