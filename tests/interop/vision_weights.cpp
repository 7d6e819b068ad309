// Python's residual networks and this library's image encoder on the same weights, through files in both directions.
// Skips where no Python with torch and safetensors is at hand.
#include <cstdlib>
#include <filesystem>

#include <ATen/ops/randn.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/safetensors.h"
#include "core/weights_file.h"
#include "models/vision/pretrained.h"

namespace recur::this_file {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

ImageEncoderOptions options_of(const std::string& network) {
  if (network != "small") return {.network = network};
  return {.network = network, .channels = {8, 16, 24}, .blocks = {1, 2, 1}};
}

/// Files in a folder of its own, made once by Python for all tests.
class VisionWeights : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = fs::temp_directory_path() / fmt::format("recur-vision-{}", getpid());
    fs::create_directories(folder_);
    const std::string python = RECUR_PYTHON;
    has_python_ = std::system(fmt::format("'{}' -c 'import torch, safetensors' 2>/dev/null", python).c_str()) == 0;
    if (has_python_) is_written_ = run_script("write");
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }
  void SetUp() override {
    if (!has_python_) {
      GTEST_SKIP() << "needs a Python with torch and safetensors; the build found \"" << RECUR_PYTHON << "\"";
    }
    ASSERT_TRUE(is_written_) << "_vision_oracle.py failed";
  }

  static bool run_script(const std::string& verb) {
    return std::system(fmt::format("'{}' -B '{}/tests/interop/_vision_oracle.py' {} '{}'", RECUR_PYTHON,
                                   RECUR_SOURCE_DIR, verb, folder_.string())
                           .c_str()) == 0;
  }
  static std::string refusal(const std::string& network, const fs::path& path) {
    ImageEncoder encoder(options_of(network));
    const auto before = encoder->named_parameters()["conv1.weight"].clone();
    try {
      load_pretrained(*encoder, path);
    } catch (const CheckpointError& error) {
      EXPECT_TRUE(encoder->named_parameters()["conv1.weight"].equal(before));
      EXPECT_THAT(error.what(), HasSubstr(path.string() + ": "));
      return error.what();
    }
    return "";
  }

  inline static fs::path folder_;
  inline static bool has_python_ = false, is_written_ = false;
};

TEST_F(VisionWeights, OfPythonGivePythonsFeatures) {
  torch::NoGradGuard no_grad;
  std::vector<std::string> forms;
  double worst = 0;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (entry.path().extension() != ".weights") continue;
    const auto form = entry.path().stem().string();
    const auto network = form.substr(0, form.find('.'));
    ImageEncoder encoder(options_of(network));
    const auto report = load_pretrained(*encoder, entry.path());
    EXPECT_THAT(report, HasSubstr(network));
    EXPECT_EQ(report.ends_with("without fc.bias, fc.weight"), form != "small.without_fc_and_counts") << report;
    encoder->eval();
    const auto expected = read_weights(fs::path(entry.path()).replace_extension(".expected"));
    const auto& features = expected.at("features");
    const auto difference = (encoder->forward(expected.at("images")) - features).abs().max().item<double>();
    const auto scale = std::max(1.0, features.abs().max().item<double>());
    EXPECT_LE(difference / scale, 1e-5) << form;
    worst = std::max(worst, difference / scale);
    forms.push_back(form);
  }
  EXPECT_EQ(forms.size(), 16U);
  fmt::print("largest difference from Python's features, of {} files: {:.2g}\n", forms.size(), worst);
}

TEST_F(VisionWeights, OfOursGiveTheSameFeaturesInPython) {
  torch::NoGradGuard no_grad;
  torch::manual_seed(4);
  ImageEncoder encoder(options_of("resnet18"));
  Safetensors file{.metadata = {{"network", "resnet18"}}};
  for (const auto& item : encoder->named_parameters()) file.tensors[item.key()] = item.value().clone();
  for (const auto& item : encoder->named_buffers()) file.tensors[item.key()] = item.value().clone();
  file.tensors["images"] = at::randn({2, 3, 64, 80}, torch::kFloat64);
  // In float64, where another order of sums, which differs from machine to machine, cannot be taken for an error.
  encoder->to(torch::kFloat64);
  encoder->eval();
  file.tensors["features"] = encoder->forward(file.tensors["images"]);
  write_safetensors(folder_ / "ours.safetensors", file);
  EXPECT_TRUE(run_script("read"));
}

TEST_F(VisionWeights, WithAMistypedNameAreRefusedWithTheNearOne) {
  auto tensors = read_weights(folder_ / "small.torch.weights");
  tensors["layer1.0.con1.weight"] = tensors.extract("layer1.0.conv1.weight").mapped();
  tensors["bn1.weight"] = tensors.at("bn1.weight").to(torch::kInt64);
  write_safetensors(folder_ / "mistyped.safetensors", {.tensors = tensors});
  EXPECT_THAT(refusal("small", folder_ / "mistyped.safetensors"),
              AllOf(HasSubstr("missing: layer1.0.conv1.weight (near: layer1.0.con1.weight)\n"),
                    HasSubstr("unknown: layer1.0.con1.weight (near: layer1.0.conv1.weight)\n"),
                    HasSubstr("type: bn1.weight is Long[8], expected Float[8]")));
}

TEST_F(VisionWeights, OfAnotherNetworkAreRefusedByName) {
  EXPECT_THAT(refusal("resnet34", folder_ / "resnet18.torch.weights"),
              HasSubstr("missing: layer1.2.bn1.bias, layer1.2.bn1.running_mean"));
  EXPECT_THAT(refusal("resnet18", folder_ / "resnet34.safetensors.weights"), HasSubstr("unknown: layer1.2.bn1.bias"));
  EXPECT_THAT(refusal("resnet18", folder_ / "small.torch.weights"),
              HasSubstr("bn1.bias is Float[8], expected Float[64]"));
  EXPECT_THAT(refusal("small", folder_ / "module.pt"), HasSubstr("ResNet"));
  EXPECT_THAT(refusal("small", folder_ / "legacy.pt"), HasSubstr("before 1.6"));
}

}  // namespace
}  // namespace recur::this_file
