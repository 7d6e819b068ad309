#include "datasets/text/torchscript.h"

#include "core/error.h"

namespace recur {

torch::jit::Module text_to_torchscript(const TextOptions&, const Vocabulary&) {
  throw Error("text pipeline: the export is not written yet");
}

}  // namespace recur
