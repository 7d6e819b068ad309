// The sequence reader against torch::nn, sequence by sequence, and against its own export.
#include "models/heads/sequence_reader.h"

#include <sstream>

#include <ATen/ops/randn.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/nn/modules/rnn.h>

#include <gtest/gtest.h>

#include "core/error.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

constexpr int64_t B = 4, T = 6, D = 3, H = 5, C = 2;

SequenceReader make_reader(ReadOut read_out, const std::string& cell = "gru", int64_t layers = 2) {
  torch::manual_seed(7);
  SequenceReader reader(
      D, C, read_out,
      SequenceReaderOptions{.recurrent = {.cell = cell, .hidden_size = H, .num_layers = layers}, .dropout = 0.3});
  reader->to(torch::kFloat64);
  reader->eval();
  return reader;
}

struct Ragged {
  Tensor x = at::randn({B, T, D}, torch::kFloat64);
  Tensor lengths = torch::tensor({3, 6, 1, 4});
};

TEST(SequenceReader, IsTorchsGruAndALinearMap) {
  const Ragged batch;
  for (const auto read_out : {ReadOut::kEveryStep, ReadOut::kLastStep}) {
    auto reader = make_reader(read_out);
    torch::nn::GRU gru(torch::nn::GRUOptions(D, H).num_layers(2).batch_first(true));
    gru->to(torch::kFloat64);
    torch::NoGradGuard no_grad;
    auto theirs = gru->named_parameters();
    for (const auto& ours : reader->recurrent->named_parameters()) theirs[ours.key()].copy_(ours.value());
    const auto got = reader->forward(batch.x, batch.lengths);
    for (int64_t b = 0; b < B; ++b) {
      const int64_t n = batch.lengths[b].item<int64_t>();
      const auto h = std::get<0>(gru->forward(batch.x.narrow(0, b, 1).narrow(1, 0, n)))[0];  // [n, H]
      const auto y = h.matmul(reader->readout->weight.t()) + reader->readout->bias;
      const auto ours = read_out == ReadOut::kEveryStep ? got[b].narrow(0, 0, n) : got[b].unsqueeze(0);
      EXPECT_TRUE(ours.allclose(read_out == ReadOut::kEveryStep ? y : y.slice(0, -1), 1e-10, 1e-12)) << b;
    }
  }
}

TEST(SequenceReader, NeverReadsThePadding) {
  Ragged batch;
  for (const auto read_out : {ReadOut::kEveryStep, ReadOut::kLastStep}) {
    auto reader = make_reader(read_out, "lstm");
    const auto before = reader->forward(batch.x, batch.lengths);
    auto x = batch.x.clone();
    for (int64_t b = 0; b < B; ++b) x[b].slice(0, batch.lengths[b].item<int64_t>()).fill_(1e9);
    EXPECT_TRUE(reader->forward(x, batch.lengths).equal(before));
    if (read_out == ReadOut::kLastStep) continue;
    EXPECT_TRUE(before[2].slice(0, 1).equal(reader->readout->bias.expand({T - 1, C})));
  }
}

TEST(SequenceReader, IsEqualToItsTorchScript) {
  const Ragged batch;
  for (const std::string cell : {"rnn", "lstm", "gru"}) {
    for (const auto read_out : {ReadOut::kEveryStep, ReadOut::kLastStep}) {
      auto reader = make_reader(read_out, cell);
      std::stringstream file;
      sequence_reader_to_torchscript(*reader).save(file);
      auto loaded = torch::jit::load(file);
      EXPECT_TRUE(loaded.forward({batch.x, batch.lengths})
                      .toTensor()
                      .allclose(reader->forward(batch.x, batch.lengths), 1e-10, 1e-12));
      const auto whole = reader->forward(batch.x);
      EXPECT_TRUE(loaded.forward({batch.x}).toTensor().allclose(whole, 1e-10, 1e-12));

      c10::IValue state;
      for (int64_t t = 0; t < T; ++t) {
        const auto next = loaded.get_method("step")({batch.x.select(1, t), state}).toTuple();
        const auto y = next->elements()[0].toTensor();
        state = next->elements()[1];
        if (read_out == ReadOut::kLastStep && t < T - 1) continue;
        const auto expected = read_out == ReadOut::kEveryStep ? whole.select(1, t) : whole;
        EXPECT_TRUE(y.allclose(expected, 1e-10, 1e-12)) << cell << " " << t;
      }
    }
  }
}

TEST(SequenceReader, DropsInTrainingOnly) {
  const Ragged batch;
  auto reader = make_reader(ReadOut::kEveryStep);
  const auto still = reader->forward(batch.x);
  EXPECT_TRUE(reader->forward(batch.x).equal(still));
  reader->train();
  EXPECT_FALSE(reader->forward(batch.x).allclose(still));
}

TEST(SequenceReader, ReadsInOneDirectionOnly) {
  EXPECT_THROW(SequenceReader(D, C, ReadOut::kLastStep, SequenceReaderOptions{.recurrent = {.bidirectional = true}}),
               ConfigError);
}

}  // namespace
}  // namespace recur::this_file
