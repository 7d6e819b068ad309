// The built-in tones: each digit's two frequencies are there, and nothing depends on anything but the arguments.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "datasets/speech/dtmf.h"

namespace recur::this_file {
namespace {

/// Power of one frequency in samples: a single bin of the Fourier transform.
double power_at(const torch::Tensor& samples, double hz) {
  double re = 0, im = 0;
  const auto* x = samples.const_data_ptr<float>();
  for (int64_t n = 0; n < samples.size(0); ++n) {
    const double angle = 2 * std::numbers::pi * hz * static_cast<double>(n) / 8000;
    re += x[n] * std::cos(angle);
    im += x[n] * std::sin(angle);
  }
  return (re * re + im * im) / static_cast<double>(samples.size(0));
}

/// The digit that a telephone exchange hears in a window, and how loud: the strongest row and the strongest column.
std::pair<char, double> heard_in(const torch::Tensor& window) {
  constexpr std::array kRows{697.0, 770.0, 852.0, 941.0};
  constexpr std::array kColumns{1209.0, 1336.0, 1477.0};
  const auto strongest = [&](const auto& all) {
    std::pair<size_t, double> best{0, 0};
    for (size_t k = 0; k < all.size(); ++k) {
      if (const double power = power_at(window, all[k]); power > best.second) best = {k, power};
    }
    return best;
  };
  const auto row = strongest(kRows), column = strongest(kColumns);
  return {"123456789*0#"[3 * row.first + column.first], std::min(row.second, column.second)};
}

TEST(Dtmf, IsWhatATelephoneExchangeHears) {
  int64_t windows = 0, right = 0;
  for (int64_t index = 0; index < 100; ++index) {
    const auto number = dial(1, DtmfSplit::kTest, index);
    std::vector<std::pair<double, char>> loudest;  // of windows of 30 ms
    for (int64_t begin = 0; begin + 240 <= number.samples.size(0); begin += 120) {
      const auto [digit, power] = heard_in(number.samples.narrow(0, begin, 240).contiguous());
      loudest.emplace_back(power, digit);
    }
    std::ranges::sort(loudest, std::greater<>());
    loudest.resize(loudest.size() / 3);  // where no pause is
    for (const auto& [power, digit] : loudest) {
      ++windows;
      right += number.digits.find(digit) != std::string::npos;
    }
  }
  EXPECT_GT(windows, 1000);
  EXPECT_GT(static_cast<double>(right) / static_cast<double>(windows), 0.95);
}

TEST(Dtmf, IsAFunctionOfItsArguments) {
  const auto one = dial(1, DtmfSplit::kTrain, 5), again = dial(1, DtmfSplit::kTrain, 5);
  EXPECT_EQ(one.digits, again.digits);
  EXPECT_TRUE(one.samples.equal(again.samples));
  EXPECT_NE(dial(2, DtmfSplit::kTrain, 5).digits, one.digits);
  EXPECT_NE(dial(1, DtmfSplit::kTest, 5).digits, one.digits);
  EXPECT_NE(dial(1, DtmfSplit::kTrain, 6).digits, one.digits);
}

TEST(Dtmf, MakesSplitsOfNumbersOfTwoToEightDigits) {
  const auto data = simulate_dtmf(100, 1);
  EXPECT_EQ(data.train.size(), 80U);
  EXPECT_EQ(data.validation.size(), 10U);
  EXPECT_EQ(data.test.size(), 10U);
  std::set<int64_t> counts;
  for (const auto& utterance : data.train) {
    counts.insert(std::count(utterance.text.begin(), utterance.text.end(), ' ') + 1);
    const auto audio = utterance.read();
    EXPECT_DOUBLE_EQ(audio.seconds(), utterance.seconds);
    EXPECT_LE(audio.samples.abs().max().item<double>(), 1.0);
  }
  EXPECT_EQ(*counts.begin(), 2);
  EXPECT_EQ(*counts.rbegin(), 8);
}

}  // namespace
}  // namespace recur::this_file
