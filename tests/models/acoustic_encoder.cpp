// The acoustic encoder against torch::nn, utterance by utterance, against itself as a stream, and against its export.
#include "models/sequence/acoustic_encoder.h"

#include <sstream>

#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/rnn.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "models/sequence/acoustic_stream.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

constexpr int64_t D = 3, H = 5;

AcousticEncoder make_encoder(int64_t layers, int64_t kernel, int64_t stride, bool both) {
  torch::manual_seed(7);
  AcousticEncoder encoder(
      D, AcousticEncoderOptions{
             .convolution = {.layers = layers, .channels = 4, .kernel = kernel, .stride = stride, .dropout = 0.3},
             .recurrent = {.cell = "gru", .hidden_size = H, .num_layers = 2, .bidirectional = both},
             .dropout = 0.3});
  encoder->to(torch::kFloat64);
  encoder->eval();
  return encoder;
}

/// One utterance [T, D] by torch's own layers.
Tensor by_torch(const AcousticEncoder& encoder, const Tensor& frames, bool both) {
  const auto& conv = encoder->options().convolution;
  auto x = frames.t().unsqueeze(0);
  for (const auto& ours : encoder->convolutions) {
    // All the zeros that can be needed on either side; steps that see nothing but zeros behind the end are not taken.
    const int64_t steps = (x.size(2) + conv.stride - 1) / conv.stride;
    const auto left = at::zeros({1, x.size(1), conv.kernel - conv.stride}, x.options());
    const auto right = at::zeros({1, x.size(1), conv.stride}, x.options());
    torch::nn::Conv1d theirs(torch::nn::Conv1dOptions(x.size(1), conv.channels, conv.kernel).stride(conv.stride));
    theirs->to(torch::kFloat64);
    torch::NoGradGuard no_grad;
    theirs->weight.copy_(ours->weight);
    theirs->bias.copy_(ours->bias);
    x = theirs->forward(at::cat({left, x, right}, 2)).relu().narrow(2, 0, steps);
  }
  torch::nn::GRU gru(torch::nn::GRUOptions(x.size(1), H).num_layers(2).bidirectional(both).batch_first(true));
  gru->to(torch::kFloat64);
  torch::NoGradGuard no_grad;
  auto theirs = gru->named_parameters();
  for (const auto& ours : encoder->recurrent->named_parameters()) theirs[ours.key()].copy_(ours.value());
  return std::get<0>(gru->forward(x.transpose(1, 2)))[0];
}

struct Shape {
  int64_t layers, kernel, stride;
  bool both;
};

class AcousticEncoderOf : public testing::TestWithParam<Shape> {};

TEST_P(AcousticEncoderOf, HearsEachUtteranceAsTorchsLayersDoAlone) {
  const auto [layers, kernel, stride, both] = GetParam();
  auto encoder = make_encoder(layers, kernel, stride, both);
  const auto lengths = torch::tensor({11, 7, 1, 8, 2});
  auto frames = at::randn({5, 11, D}, torch::kFloat64);
  torch::NoGradGuard no_grad;
  const auto heard = encoder->forward(frames, lengths);
  for (int64_t b = 0; b < lengths.size(0); ++b) {
    const auto T = lengths[b].item<int64_t>();
    const auto expected = by_torch(encoder, frames[b].narrow(0, 0, T), both);
    ASSERT_EQ(heard.lengths[b].item<int64_t>(), expected.size(0)) << b;
    EXPECT_EQ(encoder->steps(T), expected.size(0)) << b;
    EXPECT_TRUE(heard.output[b].narrow(0, 0, expected.size(0)).allclose(expected, 1e-10, 1e-12)) << b;
    frames[b].narrow(0, T, 11 - T).fill_(1e6);  // what stands behind an end is not heard
  }
  EXPECT_TRUE(encoder->forward(frames, lengths).output.equal(heard.output));
}

TEST_P(AcousticEncoderOf, IsItsOwnExport) {
  const auto [layers, kernel, stride, both] = GetParam();
  auto encoder = make_encoder(layers, kernel, stride, both);
  std::stringstream file;
  acoustic_encoder_to_torchscript(*encoder).save(file);
  auto loaded = torch::jit::load(file);
  for (const auto& sizes : {std::vector<int64_t>{4, 9, 3}, {1, 1}}) {
    const auto lengths = torch::tensor(sizes);
    const auto frames = at::randn({lengths.size(0), lengths.max().item<int64_t>(), D}, torch::kFloat64);
    const auto theirs = loaded.forward({frames, lengths}).toTuple();
    const auto ours = encoder->forward(frames, lengths);
    EXPECT_TRUE(theirs->elements()[0].toTensor().allclose(ours.output, 1e-10, 1e-12));
    EXPECT_TRUE(theirs->elements()[1].toTensor().equal(ours.lengths));
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, AcousticEncoderOf,
                         testing::Values(Shape{0, 3, 2, true}, Shape{1, 3, 2, false}, Shape{1, 2, 2, true},
                                         Shape{2, 3, 2, true}, Shape{2, 5, 3, false}, Shape{1, 4, 1, false}));

TEST(AcousticStream, SaysWhatTheWholeSaysWhateverTheChunks) {
  for (const auto& shape :
       {Shape{0, 3, 2, false}, Shape{1, 3, 2, false}, Shape{2, 5, 3, false}, Shape{1, 4, 1, false}}) {
    auto encoder = make_encoder(shape.layers, shape.kernel, shape.stride, false);
    for (const int64_t T : {1, 2, 17, 18, 19}) {
      const auto frames = at::randn({T, D}, torch::kFloat64);
      torch::NoGradGuard no_grad;
      const auto whole = encoder->forward(frames.unsqueeze(0), torch::tensor({T})).output[0];
      for (const int64_t chunk : {1, 4, 100}) {
        AcousticStream stream(encoder);
        std::vector<Tensor> said;
        for (int64_t t = 0; t < T; t += chunk) said.push_back(stream.push(frames.slice(0, t, t + chunk)));
        said.push_back(stream.finish());
        const auto all = at::cat(said);
        ASSERT_EQ(all.sizes(), whole.sizes()) << T << " in chunks of " << chunk;
        EXPECT_TRUE(all.allclose(whole, 1e-10, 1e-12)) << T << " in chunks of " << chunk;
      }
    }
  }
}

TEST(AcousticStream, SaysAStepAsSoonAsItsFramesHaveCome) {
  AcousticStream stream(make_encoder(1, 3, 2, false));
  EXPECT_EQ(stream.push(at::randn({1, D}, torch::kFloat64)).size(0), 0);
  EXPECT_EQ(stream.push(at::randn({1, D}, torch::kFloat64)).size(0), 1);
  EXPECT_EQ(stream.push(at::randn({5, D}, torch::kFloat64)).size(0), 2);
  EXPECT_EQ(stream.finish().size(0), 1);
}

TEST(AcousticStream, RefusesTwoDirections) {
  EXPECT_THROW(AcousticStream(make_encoder(1, 3, 2, true)), ConfigError);
}

TEST(AcousticEncoder, NamesAWrongShape) {
  auto encoder = make_encoder(1, 3, 2, true);
  EXPECT_THROW(encoder->forward(at::randn({2, 4, D + 1}, torch::kFloat64), torch::tensor({4, 4})), ShapeError);
  EXPECT_THROW(encoder->forward(at::randn({2, 4, D}, torch::kFloat64), torch::tensor({4})), ShapeError);
}

}  // namespace
}  // namespace recur::this_file
