// Weights that were trained elsewhere, in the experiment of a config.
#include "trainers/import_weights.h"

#include <fstream>

#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "trainers/checkpoint.h"

namespace recur::this_file {
namespace {

using testing::HasSubstr;

const std::string kConfig =
    "task: sentiment\n"
    "data: {format: table, train: [absent.csv], text: {tokenizer: whitespace}}\n"
    "model: {embedding_size: 1, recurrent: {cell: rnn, hidden_size: 2}}\n";

/// What a network of torch.nn has for a vocabulary of `tokens`; row k of the embedding is k.
TensorMap weights_of(int64_t tokens) {
  return {{"emb.weight", at::arange(tokens, torch::kFloat64).unsqueeze(1)},
          {"rnn.weight_ih_l0", at::randn({2, 1})},
          {"rnn.weight_hh_l0", at::randn({2, 2})},
          {"rnn.bias_ih_l0", at::randn({2})},
          {"rnn.bias_hh_l0", at::randn({2})},
          {"fc.weight", at::randn({3, 2})},
          {"fc.bias", at::randn({3})}};
}

std::filesystem::path vocabulary(const std::string& lines) {
  const auto path = std::filesystem::path(testing::TempDir()) / "recur_import_vocabulary";
  std::ofstream(path) << lines;
  return path;
}

TEST(ImportWeights, RowsOfTheEmbeddingFollowTheirTokensAndNoDataIsRead) {
  const auto config = parse_config(kConfig, "test");
  const auto given =
      given_pipeline(config, {.vocabulary = vocabulary("film\n<unk>\nplot\n"), .labels = {"a", "b", "c"}});
  const auto weights = weights_of(3);
  const auto imported = import_weights(config, weights, {}, &given);
  const auto state = model_state(imported.experiment->model());
  EXPECT_TRUE(state.at("embedding.weight").equal(torch::tensor({0.F, 1.F, 0.F, 2.F}).unsqueeze(1)));
  EXPECT_TRUE(state.at("recurrent.weight_hh_l0").equal(weights.at("rnn.weight_hh_l0")));
  EXPECT_TRUE(state.at("readout.bias").equal(weights.at("fc.bias")));
  EXPECT_EQ(imported.names.at("readout.bias"), "fc.bias");
}

TEST(ImportWeights, IdsAreForTextsWithLabels) {
  const auto config = parse_config(kConfig, "test");
  const auto file = vocabulary("<pad>\n<unk>\n");
  EXPECT_THROW(given_pipeline(config, {.vocabulary = file}), ConfigError);
  EXPECT_THROW(given_pipeline(config, {.vocabulary = file, .labels = {"a", "a"}}), ConfigError);
  EXPECT_THROW(given_pipeline(parse_config("task: memory\n", "test"), {.vocabulary = file, .labels = {"a", "b"}}),
               ConfigError);
}

TEST(ImportWeights, APipelineAloneIsNoCheckpointFile) {
  const auto path = std::filesystem::path(testing::TempDir()) / "recur_without_weights.pt";
  write_checkpoint(path, {.config_yaml = kConfig});
  try {
    read_checkpoint(path);
    FAIL();
  } catch (const CheckpointError& error) {
    EXPECT_THAT(error.what(), HasSubstr("without weights"));
  }
}

}  // namespace
}  // namespace recur::this_file
