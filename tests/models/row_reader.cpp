// The row reader, and the classifier above it, against torch::nn and their own exports.
#include "models/heads/row_reader.h"

#include <sstream>

#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/nn/modules/rnn.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "models/heads/vector_classifier.h"

namespace recur::this_file {
namespace {

constexpr int64_t B = 3, T = 5, D = 4, H = 6, C = 2;
const std::vector<int64_t> kImage{T, D};

RecurrentOptions layers(bool both, const std::string& cell = "lstm") {
  return {.cell = cell, .hidden_size = H, .num_layers = 2, .bidirectional = both};
}

TEST(RowReader, ReadsRowsTopToBottomAsTorchsLstmDoes) {
  for (const bool both : {false, true}) {
    torch::manual_seed(3);
    RowReader reader(D, layers(both), std::vector<std::string>{"last", "mean"});
    reader->to(torch::kFloat64);
    torch::nn::LSTM lstm(torch::nn::LSTMOptions(D, H).num_layers(2).bidirectional(both).batch_first(true));
    lstm->to(torch::kFloat64);
    torch::NoGradGuard no_grad;
    auto theirs = lstm->named_parameters();
    for (const auto& ours : reader->recurrent->named_parameters()) theirs[ours.key()].copy_(ours.value());
    const auto images = at::randn({B, T, D}, torch::kFloat64);
    const auto h = std::get<0>(lstm->forward(images));  // [B, T, S*H]
    const auto last =
        both ? at::cat({h.select(1, T - 1).narrow(1, 0, H), h.select(1, 0).narrow(1, H, H)}, 1) : h.select(1, T - 1);
    const auto y = reader->forward(images);
    ASSERT_EQ(y.sizes(), (std::vector<int64_t>{B, reader->output_size()}));
    EXPECT_TRUE(y.allclose(at::cat({last, h.mean(1)}, 1), 1e-10, 1e-12)) << both;
  }
}

TEST(VectorClassifier, ReadsAllAtOnceOrTheRowsAndNothingElseChanges) {
  torch::manual_seed(3);
  const VectorClassifierOptions options{.recurrent = layers(false), .feed_forward = {.layers = {8}}};
  VectorClassifier all(kImage, C, options);
  EXPECT_TRUE(all->rows.is_empty());
  auto by_rows = options;
  by_rows.reads = "rows";
  VectorClassifier rows(kImage, C, by_rows);
  const auto images = at::randn({B, T, D});
  EXPECT_TRUE(all->forward(images).equal(all->feed_forward->forward(images.flatten(1))));
  EXPECT_TRUE(rows->forward(images).equal(rows->feed_forward->forward(rows->rows->forward(images))));
  EXPECT_EQ(rows->forward(images).sizes(), (std::vector<int64_t>{B, C}));
}

TEST(VectorClassifier, IsEqualToItsTorchScript) {
  const std::vector<std::vector<std::string>> poolings = {{"last"}, {"attention", "max", "mean"}};
  for (const std::string reads : {"all", "rows"}) {
    for (const std::string cell : {"lstm", "gru"}) {
      for (const auto& pooling : poolings) {
        VectorClassifier classifier(kImage, C,
                                    VectorClassifierOptions{.reads = reads,
                                                            .recurrent = layers(pooling.size() > 1, cell),
                                                            .pooling = pooling,
                                                            .feed_forward = {.layers = {5}, .batch_norm = true}});
        classifier->to(torch::kFloat64);
        classifier->eval();
        std::stringstream file;
        vector_classifier_to_torchscript(*classifier).save(file);
        auto loaded = torch::jit::load(file);
        const auto x = at::randn({B, T, D}, torch::kFloat64);
        EXPECT_TRUE(loaded.forward({x}).toTensor().allclose(classifier->forward(x), 1e-10, 1e-12)) << reads << cell;
      }
    }
  }
}

TEST(VectorClassifier, HasNoRowsInAVector) {
  EXPECT_THROW(VectorClassifier(std::vector<int64_t>{D}, C, VectorClassifierOptions{.reads = "rows"}), ConfigError);
  RowReader reader(D, layers(false), std::vector<std::string>{"last"});
  EXPECT_THROW(reader->forward(at::randn({B, T, D + 1})), ShapeError);
  EXPECT_THROW(reader->forward(at::randn({B, D})), ShapeError);
}

}  // namespace
}  // namespace recur::this_file
