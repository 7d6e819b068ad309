// A decoder that in training reads some tokens of its own instead of the given ones.
#include <gtest/gtest.h>

#include "tests/models/decoder_case.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

TEST(ScheduledSampling, ReadsTheNetworksOwnTokensAndNotTheGivenOnes) {
  for (const auto& way : kWays) {
    auto options = small_decoder();
    set_way(options, way);
    auto decoder = make_decoder(options, way != "without");
    const DecoderCase given(*decoder, options);
    const auto run = [&](const Tensor& tokens, double share) {
      torch::manual_seed(3);
      return decoder->forward(tokens, given.lengths, given.state, given.memory, share).logits;
    };
    auto others = at::randint(0, V, {B, T}, torch::kInt64);
    others.select(1, 0).copy_(given.tokens.select(1, 0));  // the first is always the given one
    EXPECT_TRUE(run(given.tokens, 1).equal(run(others, 1)));
    EXPECT_FALSE(run(given.tokens, 1).allclose(run(given.tokens, 0)));
    EXPECT_FALSE(run(given.tokens, 0).allclose(run(others, 0)));
  }
}

// From a network that is sure of what comes next, all that is drawn is that.
TEST(ScheduledSampling, DrawsFromTheDistributionOfTheStepBefore) {
  torch::NoGradGuard no_grad;
  const auto options = small_decoder();
  auto decoder = make_decoder(options, false);
  decoder->readout->weight.zero_();
  decoder->readout->bias.zero_();
  decoder->readout->bias[7] = 1e4;
  const DecoderCase given(*decoder, options);
  auto sevens = at::full({B, T}, 7, torch::kInt64);
  sevens.select(1, 0).copy_(given.tokens.select(1, 0));
  decoder->readout->weight.fill_(0.01);  // so that the logits tell what was read
  const auto expected = decoder->forward(sevens, given.lengths, given.state).logits;
  EXPECT_TRUE(decoder->forward(given.tokens, given.lengths, given.state, {}, 1).logits.allclose(expected, 1e-9, 1e-9));
}

TEST(ScheduledSampling, MixesInTheShareThatIsAskedFor) {
  const auto options = small_decoder("rnn", 1);
  auto decoder = make_decoder(options, false);
  torch::manual_seed(4);
  const int64_t many = 4000;
  const auto tokens = at::randint(0, V, {1, 2}, torch::kInt64).expand({many, 2});
  const auto lengths = at::full({many}, 2, torch::kInt64);
  const std::vector<Tensor> state = {at::randn({1, 1, 5}, torch::kFloat64).expand({1, many, 5})};
  const auto plain = decoder->forward(tokens, lengths, state);
  const auto mixed = decoder->forward(tokens, lengths, state, {}, 0.25);
  const auto changed = (plain.logits - mixed.logits).abs().sum(1).gt(1e-9).narrow(0, many, many);
  const auto kept = at::softmax(plain.logits[0], 0)[tokens[0][1]].item<double>();  // drawn, but the same token
  EXPECT_NEAR(changed.to(torch::kFloat64).mean().item<double>(), 0.25 * (1 - kept), 0.03);
}

}  // namespace
}  // namespace recur::this_file
