// The built-in tests of memory against their definitions, and their baselines against simulation.
#include <cmath>
#include <map>
#include <regex>
#include <set>
#include <string>

#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/full.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/memory/batch.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::HasSubstr;
using torch::Tensor;

constexpr int64_t kSeed = 3;

MemoryDataOptions options_of(const std::string& format) {
  MemoryDataOptions options;
  options.format = format;
  options.length = 12;
  options.test_longest = 20;
  return options;
}

MemoryBatch draw(const MemoryDataOptions& options, int64_t count, MemorySplit split = MemorySplit::kTrain,
                 int64_t epoch = 0, int64_t first = 0) {
  return memory_batch(options, kSeed, split, epoch, first, count);
}

std::vector<std::string> formats() {
  return {"adding", "copy", "parity", "reber", "anbn"};
}

/// What row b reads, and the answers, as text; '.' where nothing is asked.
std::string read_text(const MemoryDataOptions& options, const MemoryBatch& batch, int64_t b) {
  std::string text;
  for (int64_t t = 0; t < batch.lengths[b].item<int64_t>(); ++t) {
    const auto row = batch.x[b][t];
    EXPECT_EQ(row.sum().item<float>(), 1);
    text += memory_alphabet(options).read[row.argmax().item<int64_t>()];
  }
  return text;
}

std::string said_text(const MemoryDataOptions& options, const MemoryBatch& batch, int64_t b) {
  std::string text;
  for (int64_t t = 0; t < batch.lengths[b].item<int64_t>(); ++t) {
    const auto c = batch.target[b][t].item<int64_t>();
    text += c < 0 ? '.' : memory_alphabet(options).said[c];
  }
  return text;
}

/// The classes that are right at step t of row b.
std::string legal_text(const MemoryDataOptions& options, const MemoryBatch& batch, int64_t b, int64_t t) {
  std::string text;
  const auto said = memory_alphabet(options).said;
  for (size_t c = 0; c < said.size(); ++c) {
    if (batch.legal[b][t][static_cast<int64_t>(c)].item<bool>()) text += said[c];
  }
  return text;
}

TEST(MemoryTasks, AnExampleIsTheSameInAnyBatchAndAnotherInAnyOtherPlace) {
  for (const auto& format : formats()) {
    const auto options = options_of(format);
    const auto whole = draw(options, 9, MemorySplit::kTrain, 2);
    const auto part = draw(options, 4, MemorySplit::kTrain, 2, 5);
    const int64_t T = part.x.size(1);
    EXPECT_TRUE(whole.x.narrow(0, 5, 4).narrow(1, 0, T).equal(part.x)) << format;
    EXPECT_TRUE(whole.lengths.narrow(0, 5, 4).equal(part.lengths));
    const auto same = [&](const MemoryBatch& other) {
      return whole.x.sizes() == other.x.sizes() && whole.x.equal(other.x);
    };
    EXPECT_TRUE(same(draw(options, 9, MemorySplit::kTrain, 2)));
    EXPECT_FALSE(same(draw(options, 9, MemorySplit::kTrain, 3)));
    EXPECT_FALSE(same(draw(options, 9, MemorySplit::kTrain, 2, 9)));
    EXPECT_FALSE(same(memory_batch(options, kSeed + 1, MemorySplit::kTrain, 2, 0, 9)));
    EXPECT_FALSE(same(draw(options, 9, MemorySplit::kFresh, 2)));
  }
}

TEST(MemoryTasks, WhatABatchHoldsFitsTheNetworksShape) {
  for (const auto& format : formats()) {
    const auto options = options_of(format);
    const auto shape = memory_shape(options);
    const auto batch = draw(options, 7);
    EXPECT_EQ(batch.x.size(2), shape.features);
    EXPECT_EQ(batch.x.size(1), batch.lengths.max().item<int64_t>());
    EXPECT_EQ(batch.legal.defined(), !shape.regression);
    if (shape.regression) continue;
    EXPECT_EQ(batch.legal.size(2), shape.outputs);
    EXPECT_LT(batch.target.max().item<int64_t>(), shape.outputs);
    for (int64_t b = 0; b < 7; ++b) {  // nothing stands behind an end
      const int64_t n = batch.lengths[b].item<int64_t>();
      EXPECT_EQ(batch.x[b].slice(0, n).count_nonzero().item<int64_t>(), 0);
      EXPECT_TRUE((batch.target[b].slice(0, n) == -1).all().item<bool>());
      EXPECT_FALSE(batch.legal[b].slice(0, n).any().item<bool>());
    }
  }
}

TEST(MemoryTasks, AddingMarksANumberInEachHalfAndAsksForTheSum) {
  for (const int64_t T : {2, 7, 12}) {
    auto options = options_of("adding");
    options.length = T;
    const auto batch = draw(options, 3000);
    const auto numbers = batch.x.select(2, 0), markers = batch.x.select(2, 1);
    EXPECT_TRUE((numbers >= 0).logical_and(numbers < 1).all().item<bool>());
    EXPECT_TRUE((markers == 1).logical_or(markers == 0).all().item<bool>());
    EXPECT_TRUE((markers.narrow(1, 0, T / 2).sum(1) == 1).all().item<bool>());
    EXPECT_TRUE((markers.narrow(1, T / 2, T - T / 2).sum(1) == 1).all().item<bool>());
    EXPECT_TRUE((markers.sum(0) > 0).all().item<bool>()) << "a step that is never marked";
    EXPECT_TRUE((numbers * markers).sum(1, true).allclose(batch.target, 0, 1e-6));
    EXPECT_NEAR(numbers.mean().item<double>(), 0.5, 0.02);
    EXPECT_NEAR(numbers.var().item<double>(), 1.0 / 12, 0.005);
  }
}

TEST(MemoryTasks, WhoAlwaysSaysOneHasAMeanSquaredErrorOfASixth) {
  auto options = options_of("adding");
  options.test_examples = 20000;
  const auto target = draw(options, 20000, MemorySplit::kTest).target;
  const auto got = memory_baselines(options, kSeed, MemorySplit::kTest);
  EXPECT_NEAR(got.at("constant_mse"), (target - 1).square().mean().item<double>(), 1e-6);
  EXPECT_NEAR(got.at("constant_mse"), 1.0 / 6, 0.005);
  EXPECT_NEAR(got.at("constant_solved"), 0.08, 0.01);  // the sum's density is 1 at 1
}

TEST(MemoryTasks, CopyingComesAfterTheDelimiter) {
  auto options = options_of("copy");
  options.length = 5;
  options.copied = 3;
  std::set<char> seen;
  const auto batch = draw(options, 200);
  for (int64_t b = 0; b < 200; ++b) {
    const auto read = read_text(options, batch, b), kept = read.substr(0, 3);
    seen.insert(kept.begin(), kept.end());
    EXPECT_EQ(read, kept + "____>___");  // T - 1 blanks
    EXPECT_EQ(said_text(options, batch, b), "________" + kept);
    for (int64_t t = 0; t < 11; ++t) {
      EXPECT_EQ(legal_text(options, batch, b, t), t < 8 ? "" : kept.substr(t - 8, 1));
    }
  }
  EXPECT_EQ(std::string(seen.begin(), seen.end()), "abcdefgh");
}

TEST(MemoryTasks, WhoForgetsWhatToCopyHasTheCrossEntropyOfTheBaseline) {
  auto options = options_of("copy");
  options.length = 30;
  options.symbols = 6;
  const auto batch = draw(options, 100);
  // Sure of the blanks, and undecided between all symbols behind the delimiter.
  auto logits = at::full({100, 50, 7}, -100.0, torch::kFloat64);
  logits.narrow(1, 0, 40).select(2, 6).fill_(0);
  logits.narrow(1, 40, 10).narrow(2, 0, 6).fill_(0);
  const auto loss = at::cross_entropy_loss(logits.flatten(0, 1), batch.target.flatten()).item<double>();
  EXPECT_NEAR(memory_baselines(options, kSeed, MemorySplit::kTest).at("memoryless_loss"), loss, 1e-9);
  EXPECT_NEAR(loss, 10 * std::log(6.0) / (30 + 20), 1e-9);
}

TEST(MemoryTasks, ParityIsAskedAtTheEnd) {
  const auto options = options_of("parity");
  const auto batch = draw(options, 2000);
  std::map<size_t, int> lengths;
  int odd = 0;
  for (int64_t b = 0; b < 2000; ++b) {
    const auto bits = read_text(options, batch, b);
    const bool is_odd = std::ranges::count(bits, '1') % 2 == 1;
    odd += is_odd ? 1 : 0;
    ++lengths[bits.size()];
    const std::string answer = is_odd ? "1" : "0";
    EXPECT_EQ(said_text(options, batch, b), std::string(bits.size() - 1, '.') + answer);
    EXPECT_EQ(batch.legal[b].sum().item<int64_t>(), 1);
    EXPECT_EQ(legal_text(options, batch, b, static_cast<int64_t>(bits.size()) - 1), answer);
  }
  EXPECT_NEAR(odd, 1000, 100);
  ASSERT_EQ(lengths.size(), 10u);
  for (const auto& [length, count] : lengths) EXPECT_NEAR(count, 200, 60) << length;
  EXPECT_EQ(draw(options, 2000, MemorySplit::kTest).x.size(1), 20);
  EXPECT_EQ(draw(options, 2000, MemorySplit::kValidation).x.size(1), 10);
}

TEST(MemoryTasks, AnbnAsksForEveryBAndTheEnd) {
  const auto options = options_of("anbn");
  EXPECT_EQ(memory_examples(options, MemorySplit::kValidation), 10);
  EXPECT_EQ(memory_examples(options, MemorySplit::kTest), 20);
  const auto batch = draw(options, 20, MemorySplit::kTest);
  for (int64_t n = 1; n <= 20; ++n) {
    const std::string as(n, 'a'), bs(n, 'b');
    EXPECT_EQ(read_text(options, batch, n - 1), "S" + as + bs);
    EXPECT_EQ(said_text(options, batch, n - 1), as + bs + "T");
    for (int64_t t = 0; t <= 2 * n; ++t) {
      EXPECT_EQ(legal_text(options, batch, n - 1, t), t <= n ? "" : t < 2 * n ? "b" : "T");
    }
  }
  // Training meets every n, and none beyond.
  const auto lengths = draw(options, 500).lengths;
  EXPECT_EQ(lengths.min().item<int64_t>(), 3);
  EXPECT_EQ(lengths.max().item<int64_t>(), 21);
  // Of 1 + ... + 20 measured steps, 20 ask for the end.
  const auto baselines = memory_baselines(options, kSeed, MemorySplit::kTest);
  EXPECT_NEAR(baselines.at("bigram_accuracy"), 190.0 / 210, 1e-12);
}

/// The same grammar written otherwise: its language as a regular expression.
const std::string kReber = "B(?:TS*X(?:XT*VP)*(?:S|XT*VV)|PT*V(?:V|P(?:XT*VP)*(?:S|XT*VV)))E";

TEST(MemoryTasks, ReberStringsAreThoseOfTheGrammar) {
  const std::regex grammar("B([TP])" + kReber + "\\1E");
  EXPECT_TRUE(std::regex_match("BTBTXSETE", grammar));
  EXPECT_FALSE(std::regex_match("BTBTXSEPE", grammar));
  const auto options = options_of("reber");
  const auto batch = draw(options, 3000);
  double distance = 0, shortest = 1000;
  int t_strings = 0;
  for (int64_t b = 0; b < 3000; ++b) {
    const auto read = read_text(options, batch, b), said = said_text(options, batch, b);
    const auto whole = read + said.back();
    EXPECT_TRUE(std::regex_match(whole, grammar)) << whole;
    EXPECT_EQ(said, whole.substr(1));
    const auto far = batch.far[b].item<int64_t>();
    EXPECT_EQ(far + 1, std::ssize(whole) - 2);
    EXPECT_EQ(whole[far + 1], whole[1]);
    EXPECT_EQ(legal_text(options, batch, b, far), whole.substr(1, 1));
    t_strings += whole[1] == 'T' ? 1 : 0;
    distance += static_cast<double>(far) / 3000;
    shortest = std::min(shortest, static_cast<double>(far));
  }
  EXPECT_NEAR(t_strings, 1500, 120);
  EXPECT_NEAR(distance, 9, 0.3);
  EXPECT_EQ(shortest, 6);
}

TEST(MemoryTasks, WhatIsLegalInReberIsWhatFollowsSomewhere) {
  const auto options = options_of("reber");
  const auto batch = draw(options, 4000);
  std::map<std::string, std::map<char, int>> followed;  // prefix: next symbol: how often
  std::map<std::string, std::string> legal;
  for (int64_t b = 0; b < 4000; ++b) {
    const auto read = read_text(options, batch, b), said = said_text(options, batch, b);
    for (int64_t t = 0; t < std::min<int64_t>(std::ssize(read), 9); ++t) {
      const auto prefix = read.substr(0, t + 1);
      ++followed[prefix][said[t]];
      legal[prefix] = legal_text(options, batch, b, t);
    }
  }
  int compared = 0;
  for (const auto& [prefix, next] : followed) {
    int count = 0;
    std::set<char> found;
    for (const auto& [symbol, times] : next) {
      count += times;
      found.insert(symbol);
    }
    if (count < 40) continue;
    for (const auto& [symbol, times] : next) EXPECT_GT(times, count / 5) << prefix;  // a choice is an even one
    EXPECT_EQ(found, std::set<char>(legal[prefix].begin(), legal[prefix].end())) << prefix;
    ++compared;
  }
  EXPECT_GT(compared, 40);
}

TEST(MemoryTasks, ReberCostsSevenChoicesInElevenSymbolsAndOneMoreIfForgotten) {
  // Solving the grammar's equations by hand: a string has 6 choices inside and one before, and 11 symbols are asked.
  auto options = options_of("reber");
  options.test_examples = 20000;
  const auto got = memory_baselines(options, kSeed, MemorySplit::kTest);
  EXPECT_NEAR(got.at("grammar_loss"), 7 * std::log(2) / 11, 0.005);
  EXPECT_NEAR(got.at("forgetful_loss"), 8 * std::log(2) / 11, 0.005);
  EXPECT_NEAR(got.at("forgetful_accuracy"), 1 - 0.5 / 11, 0.002);
}

TEST(MemoryTasks, RefusesWhatDoesNotExist) {
  EXPECT_THAT(message_of<ConfigError>([] { memory_split("tset"); }), HasSubstr("expected train, validation or test"));
  const auto read = [](const std::string& yaml) { read_options<MemoryDataOptions>(parse_config(yaml, "bad.yaml")); };
  EXPECT_THAT(message_of<ConfigError>([&] { read("{format: anbn, longest: 30, test_longest: 20}"); }),
              HasSubstr("test_longest: must be at least longest"));
  EXPECT_THAT(message_of<ConfigError>([&] { read("{format: addin}"); }), HasSubstr("did you mean \"adding\""));
  EXPECT_THAT(message_of<ConfigError>([&] { read("{length: 1}"); }), HasSubstr("length"));
}

}  // namespace
}  // namespace recur::this_file
