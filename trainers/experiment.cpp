#include "trainers/experiment.h"

#include "core/error.h"
#include "models/sequence/torchscript_builtin.h"

namespace recur {

TorchScriptExport Experiment::export_torchscript(bool builtin_layers) {
  auto result = make_export();
  result.extra_files["config.yaml"] = config_yaml();
  result.module.eval();
  if (builtin_layers && use_builtin_layers(result.module) == 0) {
    throw ConfigError(
        "export: no layer of this model is of a cell that torch has itself (lstm, gru, rnn, rnn_relu): its equations "
        "are the only form");
  }
  torch::NoGradGuard no_grad;
  model().eval();
  auto loaded = reloaded(result.module, model().parameters().front().device());
  check_export(loaded, result);
  return result;
}

}  // namespace recur
