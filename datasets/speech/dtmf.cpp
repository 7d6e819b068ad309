#include "datasets/speech/dtmf.h"

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/empty.h>

#include <fmt/format.h>

#include "datasets/draw.h"

namespace recur {
namespace {

constexpr int64_t kRate = 8000;
constexpr int64_t kLeastDigits = 2, kMostDigits = 8;
constexpr std::array kRowHz{697.0, 770.0, 852.0, 941.0};
constexpr std::array kColumnHz{1209.0, 1336.0, 1477.0};
constexpr double kRamp = 0.003;  // seconds in which a tone swells, so that it does not click

struct Tone {
  double row_hz, column_hz;
};

/// The pad is 1 2 3 / 4 5 6 / 7 8 9 / * 0 #.
Tone tone_of(int64_t digit) {
  if (digit == 0) return {kRowHz[3], kColumnHz[1]};
  return {kRowHz[static_cast<size_t>(digit - 1) / 3], kColumnHz[static_cast<size_t>(digit - 1) % 3]};
}

double decibels(double db) {
  return std::pow(10.0, db / 20);
}

void add_tone(std::vector<float>& samples, int64_t digit, double seconds, Draw& draw) {
  const auto [row_hz, column_hz] = tone_of(digit);
  const double row = decibels(draw.between(-3, 3)), column = decibels(draw.between(-3, 3));
  const double row_phase = draw.uniform(), column_phase = draw.uniform();
  const auto count = static_cast<int64_t>(seconds * kRate);
  for (int64_t n = 0; n < count; ++n) {
    const double t = static_cast<double>(n) / kRate;
    const double swell = std::min({1.0, t / kRamp, (seconds - t) / kRamp});
    constexpr double kTurn = 2 * std::numbers::pi;
    samples.push_back(static_cast<float>(swell * (row * std::sin(kTurn * (row_hz * t + row_phase)) +
                                                  column * std::sin(kTurn * (column_hz * t + column_phase)))));
  }
}

void add_pause(std::vector<float>& samples, double seconds) {
  samples.resize(samples.size() + static_cast<size_t>(seconds * kRate));
}

/// What comes back from a wall: the sound itself, later and weaker.
void add_echo(std::vector<float>& samples, Draw& draw) {
  const auto delay = static_cast<size_t>(draw.between(0.01, 0.06) * kRate);
  const auto gain = static_cast<float>(draw.between(0.1, 0.4));
  for (size_t n = samples.size(); n-- > delay;) samples[n] += gain * samples[n - delay];
}

}  // namespace

DialledNumber dial(int64_t seed, DtmfSplit split, int64_t index) {
  Draw draw({seed, static_cast<int64_t>(split), index});
  DialledNumber number;
  std::vector<float> sound;
  const double pace = draw.between(0.67, 1.5);
  const auto count = kLeastDigits + draw.below(kMostDigits - kLeastDigits + 1);
  add_pause(sound, draw.between(0.03, 0.2));
  for (int64_t k = 0; k < count; ++k) {
    const auto digit = draw.below(10);
    number.digits += fmt::format("{}{}", k == 0 ? "" : " ", digit);
    add_tone(sound, digit, pace * draw.between(0.06, 0.107), draw);
    add_pause(sound, pace * draw.between(0.04, 0.1));
  }
  for (auto echoes = draw.below(3); echoes > 0; --echoes) add_echo(sound, draw);
  const double loudness = decibels(draw.between(-20, -8)), noise = decibels(-draw.between(0, 20));
  auto samples = at::empty({static_cast<int64_t>(sound.size())});
  samples.normal_(0, noise, at::detail::createCPUGenerator(draw.bits()));
  auto* out = samples.mutable_data_ptr<float>();
  for (size_t n = 0; n < sound.size(); ++n) out[n] += sound[n];
  number.samples = samples.mul_(loudness).clamp_(-1, 1);
  return number;
}

SpeechData simulate_dtmf(int64_t examples, int64_t seed) {
  SpeechData data;
  const auto fill = [&](std::vector<Utterance>& part, DtmfSplit split, int64_t count) {
    for (int64_t index = 0; index < count; ++index) {
      const auto number = dial(seed, split, index);
      part.push_back({.name = fmt::format("dtmf {}", index),
                      .text = number.digits,
                      .speaker = "",
                      .seconds = static_cast<double>(number.samples.size(0)) / kRate,
                      .read = [=] {
                        return Audio{dial(seed, split, index).samples, kRate};
                      }});
    }
  };
  const auto tenth = examples / 10;
  fill(data.train, DtmfSplit::kTrain, examples - 2 * tenth);
  fill(data.validation, DtmfSplit::kValidation, tenth);
  fill(data.test, DtmfSplit::kTest, tenth);
  data.report.push_back(fmt::format("built in: digits dialled as tones, {} to {} of them, with echoes and noise",
                                    kLeastDigits, kMostDigits));
  return data;
}

}  // namespace recur
