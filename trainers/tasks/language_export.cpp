// The language model as one TorchScript file that goes on with a text.
#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "models/heads/language_model_torchscript.h"
#include "models/heads/signature.h"
#include "trainers/tasks/language.h"

namespace recur {
namespace {

constexpr int64_t kCheckedTokens = 2000, kCheckedSteps = 100;

/// generate(prompt: str, length: int, temperature: float) -> str: what follows the prompt.
constexpr const char* kGenerateMethod = R"(
def generate(self, prompt: str, length: int, temperature: float = 1.0) -> str:
    tokens, lengths = self.reader.forward([prompt])
    read: List[int] = tokens[0].tolist()
    return self.writer.forward(self.continue_from(read, length, temperature))
)";

}  // namespace

TorchScriptExport LanguageExperiment::make_export() {
  TorchScriptExport result{.module = language_model_to_torchscript(*model_), .extra_files = {}, .check = {}};
  auto& module = result.module;
  module.register_module("writer", pipeline_->writer_to_torchscript());
  const auto obstacle = pipeline_->torchscript_obstacle();
  if (obstacle) {
    result.notes.push_back(
        fmt::format("generate(prompt, length, temperature) is left out: {}. continue_from(ids, length, temperature) is "
                    "there, and writer makes a text of what it returns; the extra files hold what makes tokens",
                    *obstacle));
  } else {
    module.register_module("reader", pipeline_->to_torchscript());
    module.define(kGenerateMethod);
  }
  result.signature = signature_of(*model_);
  for (const auto& [name, content] : pipeline_->extra_files()) result.extra_files[name] = content;
  return result;
}

void LanguageExperiment::check_export(torch::jit::Module& loaded, TorchScriptExport& result) {
  const auto& tokens = ids("validation");
  const auto checked = std::span(tokens).first(std::min<size_t>(tokens.size(), kCheckedTokens));
  const auto streams = make_streams(checked, 1, "validation");
  auto state = model_->begin(1);
  c10::IValue their_state = loaded.get_method("begin")({1});
  for (int64_t index = 0; index < streams.windows(kCheckedSteps); ++index) {
    const auto window = streams.window(index, kCheckedSteps);
    const auto expected = model_->forward(window.read.to(device_), state);
    const auto theirs = loaded.forward({window.read.to(device_), their_state}).toTuple();
    result.check.compare(theirs->elements()[0].toTensor(), expected.logits);
    state = expected.state;
    their_state = theirs->elements()[1];
  }
}

}  // namespace recur
