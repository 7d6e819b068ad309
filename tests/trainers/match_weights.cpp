// Tensors of a file find their places in a model: by name, by module, by what a person says; else all is listed.
#include "trainers/match_weights.h"

#include <ATen/ops/zeros.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace recur::this_file {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Names = std::map<std::string, std::string>;

TensorMap tensors(const std::map<std::string, std::vector<int64_t>>& shapes) {
  TensorMap map;
  for (const auto& [name, shape] : shapes) map[name] = at::zeros(shape);
  return map;
}

TensorMap model() {
  return tensors({{"embedding.weight", {9, 3}},
                  {"recurrent.weight_ih_l0", {8, 3}},
                  {"recurrent.weight_hh_l0", {8, 2}},
                  {"readout.weight", {2, 2}},
                  {"readout.bias", {2}}});
}

TensorMap with_names(const TensorMap& from, const Names& modules) {
  TensorMap renamed;
  for (const auto& [name, tensor] : from) {
    const auto dot = name.rfind('.');
    const auto& module = modules.at(name.substr(0, dot));
    renamed[module.empty() ? name.substr(dot + 1) : module + name.substr(dot)] = tensor;
  }
  return renamed;
}

std::string refusal(const TensorMap& file, const Names& renamed = {}) {
  try {
    match_weights(model(), file, renamed);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(MatchWeights, ByNamesAndByModules) {
  for (const auto& [embedding, recurrent, readout] :
       std::vector<std::tuple<std::string, std::string, std::string>>{{"embedding", "recurrent", "readout"},
                                                                      {"emb", "lstm", "fc"},
                                                                      {"module.embedding", "module.lstm", "module.out"},
                                                                      {"net.0", "", "net.1.head"}}) {
    const auto file = with_names(model(), {{"embedding", embedding}, {"recurrent", recurrent}, {"readout", readout}});
    const auto names = match_weights(model(), file, {});
    ASSERT_EQ(names.size(), file.size());
    EXPECT_EQ(names.at("readout.bias"), readout + ".bias");
    EXPECT_EQ(names.at("recurrent.weight_hh_l0"), recurrent.empty() ? "weight_hh_l0" : recurrent + ".weight_hh_l0");
  }
}

TEST(MatchWeights, ModulesThatLookAlikeAreToldApartByTheEndsOfTheirNames) {
  const auto twins = tensors({{"encoder.recurrent.w", {2}}, {"decoder.recurrent.w", {2}}});
  const auto file = tensors({{"net.decoder.recurrent.w", {2}}, {"net.encoder.recurrent.w", {2}}});
  EXPECT_EQ(match_weights(twins, file, {}), (Names{{"encoder.recurrent.w", "net.encoder.recurrent.w"},
                                                   {"decoder.recurrent.w", "net.decoder.recurrent.w"}}));
  EXPECT_THROW(match_weights(twins, tensors({{"a.w", {2}}, {"b.w", {2}}}), {}), CheckpointError);
  EXPECT_THROW(match_weights(twins, tensors({{"a.recurrent.w", {2}}, {"recurrent.w", {2}}}), {}), CheckpointError);
}

TEST(MatchWeights, APersonSaysWhatShapesLeaveOpen) {
  auto file = model();
  file["readout2.weight"] = at::zeros({2, 2});
  file["readout2.bias"] = at::zeros({2});
  EXPECT_THAT(refusal(file), AllOf(HasSubstr("left over"), HasSubstr("readout2.bias")));
  EXPECT_EQ(match_weights(model(), file, {{"readout", ""}, {"readout2", "readout"}}).at("readout.bias"),
            "readout2.bias");
  EXPECT_EQ(match_weights(model(), file,
                          {{"readout2.weight", "readout.weight"}, {"readout.weight", ""}, {"readout2.bias", ""}})
                .at("readout.weight"),
            "readout2.weight");
  // Names may change places.
  const auto twins = tensors({{"a.w", {2}}, {"b.w", {2}}});
  EXPECT_EQ(match_weights(twins, twins, {{"a", "b"}, {"b", "a"}}), (Names{{"a.w", "b.w"}, {"b.w", "a.w"}}));

  EXPECT_THROW(match_weights(model(), file, {{"redout", "readout"}}), ConfigError);
  EXPECT_THAT(refusal(file, {{"redout", "readout"}}), HasSubstr("did you mean \"readout\""));
  EXPECT_THAT(refusal(file, {{"readout2", "readout"}}), HasSubstr("would both be \"readout.bias\""));
}

TEST(MatchWeights, AllThatFindsNoPlaceIsListedWithWhatIsNear) {
  auto file = model();
  file["recurrent.weight_hh_l0"] = at::zeros({12, 3});
  file.erase("readout.bias");
  file["embedding.weight"] = at::zeros({9, 3}, torch::kInt64);
  const auto message = refusal(file);
  EXPECT_THAT(message, testing::ContainsRegex("recurrent.weight_hh_l0 +.8, 2. +recurrent.weight_hh_l0 .12, 3."));
  EXPECT_THAT(message, testing::ContainsRegex("readout.bias +.2."));
  EXPECT_THAT(message, testing::ContainsRegex("embedding.weight +.9, 3. "));
  EXPECT_THAT(message, Not(HasSubstr("weight_ih_l0")));
}

}  // namespace
}  // namespace recur::this_file
