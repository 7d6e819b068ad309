// Every cell's layer as ONNX, run by onnxruntime on other lengths and batches than it was made with.
#include <cstdlib>
#include <filesystem>
#include <functional>

#include <ATen/ops/randn.h>
#include <torch/nn/module.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/error.h"
#include "core/files.h"
#include "core/safetensors.h"
#include "models/onnx/export.h"
#include "models/sequence/torchscript.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

constexpr int64_t kInput = 5, kHidden = 6;

/// A folder of models and runs that ends with the test.
class OnnxModels {
 public:
  OnnxModels()
      : folder_(std::filesystem::temp_directory_path() /
                fmt::format("recur-onnx-{}-{}", getpid(), testing::UnitTest::GetInstance()->random_seed())) {
    std::filesystem::create_directories(folder_);
  }
  ~OnnxModels() { std::filesystem::remove_all(folder_); }

  void add(const std::string& name, const std::string& bytes) {
    write_file_atomically(folder_ / (name + ".onnx"), bytes);
  }
  void add_run(const std::string& name, const std::map<std::string, Tensor>& tensors) {
    write_safetensors(folder_ / fmt::format("{}.{}.safetensors", name, runs_++), {.tensors = tensors});
  }

  /// What onnxruntime says of all of them: 0 if every output is ours.
  int verdict() const {
    return std::system(
        fmt::format("'{}' -B '{}/tests/interop/_onnx_oracle.py' '{}'", RECUR_PYTHON, RECUR_SOURCE_DIR, folder_.string())
            .c_str());
  }

  static bool has_oracle() {
    const auto imports = fmt::format("'{}' -c 'import onnx, onnxruntime, safetensors' 2>/dev/null", RECUR_PYTHON);
    return std::system(imports.c_str()) == 0;
  }

 private:
  std::filesystem::path folder_;
  int runs_ = 0;
};

#define NEEDS_ONNXRUNTIME() \
  if (!OnnxModels::has_oracle()) GTEST_SKIP() << "needs a Python with onnx, onnxruntime and safetensors"

/// forward(x, lengths, state) of a layer.
onnx::Signature layer_signature(const RecurrentImpl& layer, bool ragged, bool given_state) {
  onnx::Signature signature;
  signature.arguments.push_back({{{"x", torch::kFloat32, {"batch", "time", kInput}}}});
  if (ragged) signature.arguments.push_back({{{"lengths", torch::kInt64, {"batch"}}}});
  signature.outputs = {"output"};
  onnx::Argument state{.tensors = {}, .is_list = true};
  for (const auto& name : layer.cell().states) {
    const auto runs = layer.options().num_layers * layer.directions();
    state.tensors.push_back({name, torch::kFloat32, {runs, "batch", kHidden}});
    signature.outputs.push_back("last_" + name);
  }
  if (given_state) signature.arguments.push_back(state);
  return signature;
}

void add_layer(OnnxModels& models, const std::string& name, RecurrentImpl& layer, bool ragged, bool given_state) {
  models.add(name, onnx::model(recurrent_to_torchscript(layer), layer_signature(layer, ragged, given_state)));
  for (const auto& [B, T] : {std::pair<int64_t, int64_t>{1, 1}, {3, 7}, {2, 50}}) {
    std::map<std::string, Tensor> run = {{"x", at::randn({B, T, kInput})}};
    std::optional<Tensor> lengths;
    if (ragged) run["lengths"] = *(lengths = torch::randint(1, T + 1, {B}, torch::kInt64));
    std::vector<Tensor> initial;
    if (given_state) {
      for (const auto& state : layer.cell().states) {
        initial.push_back(at::randn({layer.options().num_layers * layer.directions(), B, kHidden}));
        run[state] = initial.back();
      }
    }
    const auto out = layer.forward(run["x"], lengths, initial);
    run["expected.output"] = out.output.contiguous();
    for (size_t s = 0; s < out.state.size(); ++s) {
      run["expected.last_" + layer.cell().states[s]] = out.state[s].contiguous();
    }
    models.add_run(name, run);
  }
}

TEST(Onnx, RunsEveryCellAsOurs) {
  NEEDS_ONNXRUNTIME();
  torch::NoGradGuard no_grad;
  torch::manual_seed(5);
  OnnxModels models;
  for (const auto& cell : engine::cell_names()) {
    for (const int64_t layers : {1, 2}) {
      for (const bool both : {false, true}) {
        for (const bool ragged : {false, true}) {
          Recurrent layer(kInput, RecurrentOptions{.cell = cell,
                                                   .hidden_size = kHidden,
                                                   .num_layers = layers,
                                                   .bidirectional = both,
                                                   .bias = layers == 1});
          const auto name = fmt::format("{}_{}{}{}", cell, layers, both ? "_both" : "", ragged ? "_ragged" : "");
          add_layer(models, name, *layer, ragged, /*given_state=*/false);
        }
      }
    }
  }
  EXPECT_EQ(models.verdict(), 0);
}

TEST(Onnx, TakesAState) {
  NEEDS_ONNXRUNTIME();
  torch::NoGradGuard no_grad;
  torch::manual_seed(6);
  OnnxModels models;
  for (const auto& cell : engine::cell_names()) {
    Recurrent layer(kInput, RecurrentOptions{.cell = cell, .hidden_size = kHidden, .num_layers = 2});
    // Positions are by order: without lengths, None stands in their place.
    add_layer(models, cell, *layer, /*ragged=*/true, /*given_state=*/true);
  }
  EXPECT_EQ(models.verdict(), 0);
}

/// A module of one method on x [batch, time, 4].
std::string model_of(const std::string& body) {
  torch::jit::Module module("Made");
  module.define("def forward(self, x: Tensor) -> Tensor:\n" + body);
  return onnx::model(module,
                     {.arguments = {{{{"x", torch::kFloat32, {"batch", "time", int64_t{4}}}}}}, .outputs = {"y"}});
}

/// What a head of somebody's own may say, beside what ours do.
const std::vector<const char*> kBodies = {
    "x.sum() + x.mean([1], True).abs().sqrt() - (x * x).amax([2]).unsqueeze(2).exp().log()",
    "torch.cat([x[:, :1], x[:, 1:], -x], 1).permute([0, 2, 1]).flatten(1)",
    "torch.constant_pad_nd(x, [1, 2, 0, 1], 0.5).transpose(0, 1).contiguous()",
    "x.gather(1, torch.arange(x.size(1) - 1, -1, -1).view(1, -1, 1).expand(x.size(0), -1, 4))",
    "torch.where((x > 0).logical_and(x <= 1), torch.softplus(x), torch.gelu(x)) if True else x",
    "x.masked_fill(torch.arange(4) >= 2, -1.0).log_softmax(2) + torch.ones_like(x) * (1 - x)",
    "torch.stack([x, x.relu(), torch.maximum(x, x.sigmoid())], 2).view(x.size(0), -1, 12).float()",
    "torch.bmm(x, x.transpose(1, 2)).softmax(2).matmul(x) / (torch.full([x.size(0), 1, 1], x.size(1)) // 2 + 3)",
    "x.chunk(2, 2)[1] * torch.zeros([x.size(0), 1, 1]) + (x != 0).to(torch.ones([1]).dtype).select(2, -1).unsqueeze(2)",
};

TEST(Onnx, TranslatesOperatorsAsTorchHasThem) {
  NEEDS_ONNXRUNTIME();
  torch::manual_seed(7);
  OnnxModels models;
  for (size_t k = 0; k < kBodies.size(); ++k) {
    const auto body = fmt::format("    return {}\n", kBodies[k]);
    const auto name = fmt::format("body_{}", k);
    models.add(name, model_of(body));
    torch::jit::Module module("Made");
    module.define("def forward(self, x: Tensor) -> Tensor:\n" + body);
    for (const int64_t T : {2, 9}) {
      const auto x = at::randn({3, T, 4});
      models.add_run(name, {{"x", x}, {"expected.y", module.forward({x}).toTensor().contiguous()}});
    }
  }
  EXPECT_EQ(models.verdict(), 0);
}

TEST(Onnx, NamesWhatHasNoTranslation) {
  const auto message = [](const std::string& body) -> std::string {
    try {
      model_of(body);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message("    return torch.lgamma(x)\n"), testing::HasSubstr("aten::lgamma has no translation"));
  EXPECT_THAT(message("    if x.sum() > 0:\n        x = x + 1\n    return x\n"),
              testing::HasSubstr("aten::Bool has no translation: x.sum() > 0"));
  EXPECT_THAT(message("    return x.chunk(2, 1)[0]\n"), testing::HasSubstr("cut into parts"));
  EXPECT_THAT(message("    return torch.softplus(x, 2.0)\n"), testing::HasSubstr("softplus with beta"));
}

TEST(Onnx, TheSameModelGivesTheSameBytes) {
  const std::string body =
      "    y = x\n    for t in range(x.size(1)):\n        y = y + x[:, t].unsqueeze(1)\n    return y\n";
  EXPECT_EQ(model_of(body), model_of(body));
}

}  // namespace
}  // namespace recur::this_file
