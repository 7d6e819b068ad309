// A run's weights for programs that are not recur: one safetensors file.
#pragma once

#include <filesystem>
#include <string>

#include "core/safetensors.h"
#include "trainers/experiment.h"

namespace recur {

/// Keys of such a file's metadata, which are text; "format", "pt", is what Hugging Face's readers look for.
namespace safetensors_key {
inline constexpr const char* kFormat = "format";
inline constexpr const char* kVersion = "recur";      ///< the version of recur that wrote the file
inline constexpr const char* kTask = "task";          ///< "sentiment", ...
inline constexpr const char* kConfig = "config";      ///< the resolved config, YAML
inline constexpr const char* kPipeline = "pipeline";  ///< Task::pipeline_json(): vocabulary, labels, scaler
inline constexpr const char* kMetrics = "metrics";    ///< JSON, as `recur evaluate --json` says it; may be absent
}  // namespace safetensors_key

/// Every parameter and buffer of the model, frozen ones too, by its name: those of recurrent layers are torch.nn's
/// (weight_ih_l0, ...).  On the CPU, in the model's dtype; two names of one tensor become two tensors.
Safetensors to_safetensors(Experiment& experiment, const std::string& version);

}  // namespace recur
