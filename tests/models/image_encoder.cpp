// The image encoder: its grid, its names, its initial weights, what freezing holds, and its export.  That it computes
// what torchvision's ResNets do is tests/interop/vision_weights.cpp.
#include <cmath>
#include <set>
#include <sstream>

#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <torch/csrc/jit/serialization/import.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "models/vision/image_encoder_torchscript.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using torch::Tensor;

std::vector<std::string> networks() {
  return {"small", "resnet18", "resnet34"};
}

ImageEncoder make_encoder(const ImageEncoderOptions& options) {
  torch::manual_seed(7);
  return ImageEncoder(options);
}

/// Batch norms as after training: no statistic and no parameter is 0 or 1.
void stir_batch_norms(torch::nn::Module& module) {
  torch::NoGradGuard no_grad;
  for (auto& item : module.named_parameters()) {
    if (item.value().dim() == 1) item.value().add_(at::randn_like(item.value()), 0.2);
  }
  for (auto& item : module.named_buffers()) {
    if (item.key().ends_with("mean")) item.value().normal_(0, 0.3);
    if (item.key().ends_with("var")) item.value().uniform_(0.5, 2);
  }
}

std::map<std::string, Tensor> copy_of_buffers(const torch::nn::Module& module) {
  std::map<std::string, Tensor> copy;
  for (const auto& item : module.named_buffers()) copy[item.key()] = item.value().clone();
  return copy;
}

TEST(ImageEncoder, PutsOutTheGridThatItsStrideSays) {
  auto small = make_encoder({});
  EXPECT_THAT(small->forward(at::rand({2, 3, 64, 64})).sizes(), ElementsAre(2, 64, 8, 8));
  EXPECT_THAT(small->forward(at::rand({2, 3, 50, 65})).sizes(), ElementsAre(2, 64, 7, 9));
  EXPECT_EQ(small->channels(), 64);
  EXPECT_EQ(small->stride(), 8);

  auto two_stages = make_encoder({.channels = {4, 6}, .blocks = {1, 2}});
  EXPECT_THAT(two_stages->forward(at::rand({1, 3, 64, 64})).sizes(), ElementsAre(1, 6, 16, 16));
  EXPECT_EQ(two_stages->stride(), 4);

  auto resnet = make_encoder({.network = "resnet18"});
  EXPECT_THAT(resnet->forward(at::rand({1, 3, 224, 200})).sizes(), ElementsAre(1, 512, 7, 7));
  EXPECT_EQ(resnet->channels(), 512);
  EXPECT_EQ(resnet->stride(), 32);
}

TEST(ImageEncoder, RefusesWhatIsNotABatchOfColourImages) {
  auto encoder = make_encoder({});
  EXPECT_THROW(encoder->forward(at::rand({3, 64, 64})), ShapeError);
  EXPECT_THROW(encoder->forward(at::rand({2, 1, 64, 64})), ShapeError);
}

// Parameters without `fc`, as torchvision counts them.
TEST(ImageEncoder, HasTorchvisionsParametersAndNames) {
  const std::map<std::string, int64_t> expected = {{"resnet18", 11'176'512}, {"resnet34", 21'284'672}};
  for (const auto& [network, count] : expected) {
    auto encoder = make_encoder({.network = network});
    int64_t found = 0;
    for (const auto& parameter : encoder->parameters()) found += parameter.numel();
    EXPECT_EQ(found, count) << network;
    const auto parameters = encoder->named_parameters();
    const auto buffers = encoder->named_buffers();
    for (const char* name : {"conv1.weight", "bn1.bias", "layer1.0.conv1.weight", "layer2.0.downsample.0.weight",
                             "layer2.0.downsample.1.bias", "layer4.1.bn2.weight"}) {
      EXPECT_NE(parameters.find(name), nullptr) << name;
    }
    for (const char* name : {"bn1.running_mean", "layer3.0.downsample.1.running_var", "bn1.num_batches_tracked"}) {
      EXPECT_NE(buffers.find(name), nullptr) << name;
    }
    EXPECT_EQ(parameters.find("layer1.0.downsample.0.weight"), nullptr);
  }
}

TEST(ImageEncoder, StartsWithTheSpreadOfHeEtAl) {
  auto encoder = make_encoder({.network = "resnet18"});
  for (const auto& item : encoder->named_parameters()) {
    const auto& value = item.value();
    if (value.dim() == 4) {
      const auto fan_out = static_cast<double>(value.size(0) * value.size(2) * value.size(3));
      const auto expected = std::sqrt(2 / fan_out);
      EXPECT_NEAR(value.std().item<double>(), expected, 0.05 * expected) << item.key();
    } else {
      EXPECT_TRUE(value.eq(item.key().ends_with("weight") ? 1 : 0).all().item<bool>()) << item.key();
    }
  }
}

TEST(ImageEncoder, LearnsInEveryParameter) {
  for (const auto& network : networks()) {
    auto encoder = make_encoder({.network = network});
    encoder->forward(at::rand({2, 3, 64, 64})).square().sum().backward();
    for (const auto& item : encoder->named_parameters()) {
      ASSERT_TRUE(item.value().grad().defined()) << network << " " << item.key();
      EXPECT_GT(item.value().grad().abs().max().item<double>(), 0) << network << " " << item.key();
    }
  }
}

TEST(ImageEncoder, FrozenHasNoGradientAndKeepsItsStatistics) {
  auto encoder = make_encoder({.frozen = true});
  stir_batch_norms(*encoder);
  const auto before = copy_of_buffers(*encoder);
  const auto x = at::rand({4, 3, 64, 64});
  const auto in_evaluation = encoder->forward(x);
  encoder->train();
  const auto y = encoder->forward(x);
  EXPECT_FALSE(y.requires_grad());
  EXPECT_TRUE(y.equal(in_evaluation));
  for (const auto& item : encoder->named_buffers()) EXPECT_TRUE(item.value().equal(before.at(item.key())));
  for (const auto& module : encoder->modules()) EXPECT_FALSE(module->is_training());
}

TEST(ImageEncoder, UnfrozenGathersStatisticsInTrainingOnly) {
  auto encoder = make_encoder({});
  const auto x = at::rand({4, 3, 64, 64});
  encoder->eval();
  encoder->forward(x);
  EXPECT_EQ(encoder->named_buffers()["bn1.num_batches_tracked"].item<int64_t>(), 0);
  encoder->train();
  encoder->forward(x);
  EXPECT_EQ(encoder->named_buffers()["bn1.num_batches_tracked"].item<int64_t>(), 1);
  EXPECT_EQ(encoder->named_buffers()["layer3.0.downsample.1.num_batches_tracked"].item<int64_t>(), 1);
}

TEST(ImageEncoder, AClonePutsOutTheSameAndIsItsOwn) {
  auto encoder = make_encoder({});
  stir_batch_norms(*encoder);
  encoder->eval();
  const auto copy = std::dynamic_pointer_cast<ImageEncoderImpl>(encoder->clone());
  copy->eval();
  const auto x = at::rand({2, 3, 64, 64});
  EXPECT_TRUE(copy->forward(x).equal(encoder->forward(x)));
  torch::NoGradGuard no_grad;
  copy->named_parameters()["conv1.weight"].zero_();
  EXPECT_FALSE(copy->forward(x).equal(encoder->forward(x)));
}

TEST(ImageEncoder, ItsTorchScriptPutsOutTheSame) {
  torch::NoGradGuard no_grad;
  for (const auto& network : networks()) {
    auto encoder = make_encoder({.network = network});
    stir_batch_norms(*encoder);
    encoder->eval();
    std::stringstream file;
    image_encoder_to_torchscript(*encoder).save(file);
    auto loaded = torch::jit::load(file);
    loaded.train();  // has no say: the export is the network in evaluation mode
    for (const auto& x : {at::rand({2, 3, 64, 64}), at::rand({1, 3, 75, 33})}) {
      EXPECT_TRUE(loaded.forward({x}).toTensor().equal(encoder->forward(x))) << network;
    }
    std::set<std::string> ours, theirs;
    for (const auto& item : encoder->named_parameters()) ours.insert(item.key());
    for (const auto& item : encoder->named_buffers()) ours.insert(item.key());
    for (const auto& item : loaded.named_parameters()) theirs.insert(item.name);
    for (const auto& item : loaded.named_buffers()) theirs.insert(item.name);
    EXPECT_EQ(theirs, ours) << network;
  }
}

std::string refusal(const std::string& yaml) {
  try {
    read_options<ImageEncoderOptions>(parse_config(yaml, "test.yaml"));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(ImageEncoder, OptionsThatDoNotFitTogetherAreNamed) {
  EXPECT_EQ(refusal("{network: small, channels: [8, 8], blocks: [1, 3]}"), "");
  EXPECT_EQ(refusal("{network: resnet34, frozen: true}"), "");
  EXPECT_THAT(refusal("{channels: [8, 8]}"), HasSubstr("got 3 and 2"));
  EXPECT_THAT(refusal("{channels: [], blocks: []}"), HasSubstr("channels: must name at least one stage"));
  EXPECT_THAT(refusal("{network: resnet18, blocks: [3, 4, 6, 3]}"), HasSubstr("blocks: goes with `network: small`"));
  EXPECT_THAT(refusal("{channels: [8, 0, 8]}"), HasSubstr("at least 1"));
  EXPECT_THAT(refusal("{network: resnet50}"), HasSubstr("resnet34"));
}

}  // namespace
}  // namespace recur::this_file
