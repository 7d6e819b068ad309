// Python's torch and this library on the same weights: every cell's TorchScript is run by Python, and for the cells
// that torch.nn has, a state_dict goes there and back by name.  Skips where no Python with torch is at hand.
#include <cstdlib>
#include <filesystem>

#include <ATen/ops/randn.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/files.h"
#include "models/sequence/torchscript.h"
#include "trainers/archive.h"
#include "trainers/checkpoint.h"

namespace recur::this_file {
namespace {

using torch::Tensor;
using Dictionary = c10::Dict<std::string, Tensor>;

constexpr int64_t kInput = 5, kHidden = 6, kBatch = 3;

struct Case {
  std::string cell;
  int64_t layers;
  bool bidirectional;
  torch::ScalarType dtype;

  std::string name() const {
    return fmt::format("{}-{}-{}-{}", cell, layers, bidirectional ? "both" : "forward",
                       dtype == torch::kFloat64 ? "f64" : "f32");
  }
  Recurrent layer() const {
    Recurrent made(
        kInput,
        RecurrentOptions{.cell = cell, .hidden_size = kHidden, .num_layers = layers, .bidirectional = bidirectional});
    made->to(dtype);
    return made;
  }
};

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const auto& cell : engine::cell_names()) {
    for (const int64_t layers : {1, 3}) {
      for (const bool both : {false, true}) {
        for (const auto dtype : {torch::kFloat32, torch::kFloat64}) cases.push_back({cell, layers, both, dtype});
      }
    }
  }
  return cases;
}

TensorMap load(const std::filesystem::path& path) {
  TensorMap tensors;
  for (const auto& entry : unpack_archive(read_file(path)).toGenericDict()) {
    tensors[entry.key().toStringRef()] = entry.value().toTensor();
  }
  return tensors;
}

/// NAME.pt: the TorchScript.  NAME.data.pt: inputs, lengths and our outputs for several T.
void write_case(const Case& c, const std::filesystem::path& folder) {
  torch::NoGradGuard no_grad;
  auto layer = c.layer();
  recurrent_to_torchscript(*layer).save((folder / (c.name() + ".pt")).string());
  Dictionary data;
  for (const int64_t T : {1, 2, 7, 50, 200}) {
    const auto x = at::randn({kBatch, T, kInput}, torch::TensorOptions().dtype(c.dtype));
    const auto lengths = torch::tensor({T, (T + 1) / 2, int64_t{1}});
    data.insert(fmt::format("x{}", T), x);
    data.insert(fmt::format("lengths{}", T), lengths);
    data.insert(fmt::format("full{}", T), layer->forward(x).output.contiguous());
    data.insert(fmt::format("ragged{}", T), layer->forward(x, lengths).output.contiguous());
  }
  write_file_atomically(folder / (c.name() + ".data.pt"), pack_archive(data));
}

/// theirs-NAME.pt: a state_dict made by torch.nn with x and its output.
double difference_on_their_weights(const Case& c, const std::filesystem::path& path) {
  torch::NoGradGuard no_grad;
  auto tensors = load(path);
  const auto x = tensors.extract("x").mapped(), expected = tensors.extract("output").mapped();
  auto layer = c.layer();
  load_model_state(*layer, tensors, path.string());
  return (layer->forward(x).output - expected).abs().max().item<double>();
}

TEST(PythonTorch, RunsEveryCellAndTradesWeightsByName) {
  const std::string python = RECUR_PYTHON;
  if (std::system(fmt::format("'{}' -c 'import torch' 2>/dev/null", python).c_str()) != 0) {
    GTEST_SKIP() << "needs a Python with torch; the build found \"" << python << "\"";
  }
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("recur-python-torch-{}", getpid());
  std::filesystem::create_directories(folder);
  torch::manual_seed(5);
  for (const auto& c : all_cases()) write_case(c, folder);

  const auto command =
      fmt::format("'{}' -B '{}/tests/interop/_python_torch.py' '{}'", python, RECUR_SOURCE_DIR, folder.string());
  EXPECT_EQ(std::system(command.c_str()), 0);

  std::map<torch::ScalarType, double> worst;
  for (const auto& c : all_cases()) {
    const auto path = folder / ("theirs-" + c.name() + ".pt");
    if (!std::filesystem::exists(path)) continue;
    worst[c.dtype] = std::max(worst[c.dtype], difference_on_their_weights(c, path));
  }
  ASSERT_EQ(worst.size(), 2u) << "the script wrote no weights of torch.nn";
  fmt::print("largest difference on torch.nn's weights: f32 {:.2g}, f64 {:.2g}\n", worst[torch::kFloat32],
             worst[torch::kFloat64]);
  EXPECT_LE(worst[torch::kFloat32], 1e-5);
  EXPECT_LE(worst[torch::kFloat64], 1e-12);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace recur::this_file
