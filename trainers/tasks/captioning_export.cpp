// The captioner as one TorchScript file that takes an image's bytes.

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/image/transform.h"
#include "models/heads/captioner_torchscript.h"
#include "models/heads/signature.h"
#include "trainers/tasks/captioning.h"
#include "trainers/tasks/taught_sentences.h"
#include "trainers/tasks/written_check.h"

namespace recur {
namespace {

/// predict(image uint8 [H, W, 3]) -> str.
constexpr const char* kCaptionMethod = R"(
def predict(self, image: Tensor, beam_width: int = 1) -> str:
    device = self.decoder.embedding.weight.device
    ids, log_probability = self.write(self.transform.forward(image).to(device), beam_width)
    return self.text.forward(ids)
)";

}  // namespace

TorchScriptExport CaptioningExperiment::make_export() {
  TorchScriptExport result{.module = captioner_to_torchscript(*model_), .extra_files = {}, .check = {}};
  result.module.register_module("transform", ImageTransform(options_.data.image).to_torchscript());
  result.module.register_module("text", pipeline_->writer_to_torchscript());
  result.module.define(kCaptionMethod);
  result.signature = signature_of(*model_, options_.data.image.size);
  for (const auto& [name, content] : pipeline_->extra_files()) result.extra_files[name] = content;
  return result;
}

void CaptioningExperiment::check_export(torch::jit::Module& loaded, TorchScriptExport& result) {
  auto& validation = split("validation");
  WrittenCheck written(result.check);
  const auto beam_width = options_.model.search.beam_width;
  for (int64_t k = 0; k < validation.size(); ++k) {
    // One image at a time on both sides, as `recur predict` does: in a batch the convolutions round otherwise.
    const auto image = validation.source().image(k);
    const auto pixels = loaded.attr("transform").toModule().forward({image}).toTensor().to(device_);
    const auto start = model_->start(model_->encode(validation.images(k, k + 1).to(device_)));
    const auto tokens = taught_sentences({validation.captions(k).front()});
    const auto decoded = model_->forward(start, tokens.read.to(device_), tokens.lengths);
    result.check.compare(loaded.forward({pixels, tokens.read.to(device_)}).toTensor().squeeze(0), decoded.logits);

    const auto ids =
        compare_search(written, loaded.get_method("write")({pixels, beam_width}), model_, start, options_.model.search);
    const auto said = loaded.get_method("predict")({image, beam_width}).toStringRef();
    if (said != pipeline_->decode(ids)) {
      throw Error(fmt::format("export: predict says \"{}\" where write says \"{}\"", said, pipeline_->decode(ids)));
    }
  }
  written.tell("captions", result);
}

}  // namespace recur
