// A network that has passed a test of memory as one TorchScript file.
#include <algorithm>

#include "models/heads/signature.h"
#include "trainers/tasks/memory.h"

namespace recur {
namespace {

constexpr int64_t kCheckedSequences = 32;

}  // namespace

TorchScriptExport MemoryExperiment::make_export() {
  TorchScriptExport result{.module = sequence_reader_to_torchscript(*model_), .extra_files = {}, .check = {}};
  auto& module = result.module;
  const auto alphabet = memory_alphabet(options_.data);
  module.register_attribute("reads", c10::StringType::get(), alphabet.read);  // column d of x means reads[d]
  module.register_attribute("says", c10::StringType::get(), alphabet.said);   // output c means says[c]
  result.signature = signature_of(*model_);
  return result;
}

void MemoryExperiment::check_export(torch::jit::Module& loaded, TorchScriptExport& result) {
  const int64_t count = std::min(kCheckedSequences, memory_examples(options_.data, MemorySplit::kValidation));
  const auto drawn = batch(MemorySplit::kValidation, 0, count);
  const auto x = drawn.x.to(device_);
  for (const std::optional<torch::Tensor>& given : {std::optional<torch::Tensor>(), std::optional(drawn.lengths)}) {
    result.check.compare(loaded.forward({x, given}).toTensor(), model_->forward(x, given));
  }
}

}  // namespace recur
