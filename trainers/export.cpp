#include "trainers/export.h"

#include <algorithm>
#include <limits>
#include <sstream>

#include <torch/csrc/jit/serialization/import.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/files.h"

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

void write_torchscript(const TorchScriptExport& exported, const std::filesystem::path& path) {
  const auto& check = exported.check;
  if (check.outputs == 0) throw Error("export: nothing was compared with the model; nothing was written");
  if (!(check.difference <= check.tolerance)) {
    throw Error(
        fmt::format("export: the exported module differs from the model by {:.3g} (allowed {:.0e}) over {} "
                    "outputs on the validation data; nothing was written",
                    check.difference, check.tolerance, check.outputs));
  }
  std::ostringstream file;
  exported.module.save(file, exported.extra_files);
  write_file_atomically(path, file.str());
}

}  // namespace recur
