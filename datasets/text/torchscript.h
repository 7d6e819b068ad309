// A text pipeline as a TorchScript module that needs nothing of this project.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include "datasets/text/options.h"
#include "datasets/text/vocabulary.h"

namespace recur {

/// What TextPipeline::to_torchscript() returns, for every tokenizer but subword.  Unicode's tables go in as attributes,
/// as far as the options need them; ASCII texts do without them.
torch::jit::Module text_to_torchscript(const TextOptions& options, const Vocabulary& vocabulary);

}  // namespace recur
