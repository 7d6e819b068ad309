#include "trainers/export.h"

#include <algorithm>
#include <limits>
#include <sstream>

#include <torch/csrc/jit/serialization/import.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/files.h"
#include "datasets/text/utf8.h"

namespace recur {

void ExportCheck::compare(const torch::Tensor& exported, const torch::Tensor& model) {
  if (exported.sizes() != model.sizes()) {
    throw ShapeError(fmt::format("export: the exported module puts out [{}], the model [{}]",
                                 fmt::join(exported.sizes().vec(), ", "), fmt::join(model.sizes().vec(), ", ")));
  }
  const auto got = exported.to(torch::kCPU, torch::kFloat64), expected = model.to(torch::kCPU, torch::kFloat64);
  outputs += got.numel();
  if (!torch::equal(got.isfinite(), expected.isfinite())) {
    difference = std::numeric_limits<double>::infinity();
    return;
  }
  const auto relative = ((got - expected).abs() / expected.abs().clamp_min(1.0)).nan_to_num(0.0);
  difference = std::max(difference, relative.max().item<double>());
}

torch::jit::Module reloaded(const torch::jit::Module& module, const torch::Device& device) {
  std::stringstream file;
  module.save(file);
  return torch::jit::load(file, device);
}

namespace {

void expect_equal(const ExportCheck& check) {
  if (check.outputs == 0) throw Error("export: nothing was compared with the model; nothing was written");
  if (!(check.difference <= check.tolerance)) {
    throw Error(
        fmt::format("export: the exported module differs from the model by {:.3g} (allowed {:.0e}) over {} "
                    "outputs on the validation data; nothing was written",
                    check.difference, check.tolerance, check.outputs));
  }
}

}  // namespace

void write_torchscript(const TorchScriptExport& exported, const std::filesystem::path& path) {
  expect_equal(exported.check);
  std::ostringstream file;
  exported.module.save(file, exported.extra_files);
  write_file_atomically(path, file.str());
}

void write_onnx(const TorchScriptExport& exported, const std::filesystem::path& path) {
  expect_equal(exported.check);
  std::map<std::string, std::string> texts;  // ONNX keeps no bytes, e.g. of a model of subwords
  for (const auto& [name, content] : exported.extra_files) {
    if (find_not_utf8(content) == std::string::npos) texts.emplace(name, content);
  }
  write_file_atomically(path, onnx::model(reloaded(exported.module, torch::kCPU), exported.signature, texts));
}

}  // namespace recur
