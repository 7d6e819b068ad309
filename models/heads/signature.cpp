#include "models/heads/signature.h"

namespace recur {
namespace {

using onnx::Argument;
using onnx::Dim;
using onnx::Signature;

Argument numbers(const char* name, std::vector<Dim> dims) {
  return {.tensors = {{name, torch::kFloat32, std::move(dims)}}};
}

Argument integers(const char* name, std::vector<Dim> dims) {
  return {.tensors = {{name, torch::kInt64, std::move(dims)}}};
}

}  // namespace

Signature signature_of(const ForecasterImpl& model) {
  return {.arguments = {numbers("x", {"batch", "time", model.recurrent->input_size()}), integers("lengths", {"batch"})},
          .outputs = {"y"}};
}

Signature signature_of(const ClassifierImpl& /*model*/) {
  return {.arguments = {integers("tokens", {"batch", "time"}), integers("lengths", {"batch"})}, .outputs = {"logits"}};
}

Signature signature_of(const SequenceReaderImpl& model) {
  return {.arguments = {numbers("x", {"batch", "time", model.recurrent->input_size()}), integers("lengths", {"batch"})},
          .outputs = {"y"}};
}

Signature signature_of(const VectorClassifierImpl& model) {
  std::vector<Dim> dims = {"batch"};
  dims.insert(dims.end(), model.sizes().begin(), model.sizes().end());
  return {.arguments = {numbers("x", std::move(dims))}, .outputs = {"logits"}};
}

Signature signature_of(const LanguageModelImpl& model) {
  Signature signature{.arguments = {integers("tokens", {"batch", "time"})}, .outputs = {"logits"}};
  const auto& layer = *model.decoder->recurrent;
  Argument state{.tensors = {}, .is_list = true};
  for (const auto& name : layer.cell().states) {
    state.tensors.push_back(
        {name, torch::kFloat32, {layer.options().num_layers, "batch", layer.options().hidden_size}});
    signature.outputs.push_back("next_" + name);
  }
  signature.arguments.push_back(std::move(state));
  return signature;
}

Signature signature_of(const TranslatorImpl& /*model*/) {
  return {.arguments = {integers("source", {"batch", "source_time"}), integers("source_lengths", {"batch"}),
                        integers("tokens", {"batch", "time"})},
          .outputs = {"logits"}};
}

Signature signature_of(const CaptionerImpl& /*model*/, int64_t image_size) {
  return {.arguments = {numbers("images", {"batch", int64_t{3}, image_size, image_size}),
                        integers("tokens", {"batch", "time"})},
          .outputs = {"logits"}};
}

Signature signature_of(const Transcriber& model) {
  Signature signature{
      .arguments = {numbers("frames", {"batch", "time", model.listener()->columns()}), integers("lengths", {"batch"})},
      .outputs = {"log_probabilities", "steps"}};
  if (model.is_ctc()) return signature;
  signature.arguments.push_back(integers("tokens", {"batch", "written"}));
  signature.outputs = {"logits"};
  return signature;
}

}  // namespace recur
