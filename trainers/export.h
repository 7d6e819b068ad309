// Writing an export that has been held against its model.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <torch/csrc/jit/api/module.h>
#include <torch/types.h>

#include "models/onnx/export.h"

namespace recur {

/// The largest difference between what a model and its export put out, over all outputs that were compared.
struct ExportCheck {
  double difference = 0;    ///< relative to the model's output where that is above 1
  double tolerance = 1e-5;  ///< above it nothing is written
  int64_t outputs = 0;      ///< compared

  /// Both of the same shape, any dtype and device.  @throws ShapeError
  void compare(const torch::Tensor& exported, const torch::Tensor& model);
};

struct TorchScriptExport {
  torch::jit::Module module;
  onnx::Signature signature = {};  ///< of its forward
  torch::jit::ExtraFilesMap extra_files;
  ExportCheck check;
  std::vector<std::string> notes = {};  ///< what a person must know of it, e.g. what could not go inside
};

/// The module after a round through the file format: what a user loads is what is to be checked.
torch::jit::Module reloaded(const torch::jit::Module& module, const torch::Device& device);

/// Replaces `path` atomically.  @throws Error, and nothing is written, if the check found a difference above its
/// tolerance (or a NaN on one side only), or compared nothing.
void write_torchscript(const TorchScriptExport& exported, const std::filesystem::path& path);

/// The same of its `forward` alone, as ONNX; the extra files become the model's metadata.  What is checked is the
/// TorchScript that the model is made of: nothing here runs ONNX.
/// @throws Error, besides, naming an operator that has no translation.
void write_onnx(const TorchScriptExport& exported, const std::filesystem::path& path);

}  // namespace recur
