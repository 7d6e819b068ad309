#include "datasets/audio/torchscript.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/audio/features.h"

namespace recur {
namespace {

// Of torchaudio.functional.resample, "kaiser_best": zero crossings on each side, cut-off as a share of half the lower
// rate, and the Kaiser window's shape.
constexpr double kCrossings = 64, kRolloff = 0.9475937167399596, kBeta = 14.769656459379492;

// Output n lies n * new_step / old_step input samples behind the first: of the rows of `taps` samples that begin there,
// each is weighted by the sinc that its phase asks for.
constexpr const char* kResampling = R"SCRIPT(
def greatest_divisor(self, a: int, b: int) -> int:
    while b != 0:
        a, b = b, a % b
    return a

def sinc_weights(self, phase: Tensor, width: int, cutoff: float) -> Tensor:
    offset = torch.arange(-width, width + 2, dtype=self.float64, device=phase.device)
    t = ((offset.unsqueeze(0) - phase.unsqueeze(1)) * cutoff).clamp(-self.crossings, self.crossings)
    beta = torch.full([1], self.beta, dtype=self.float64, device=phase.device)
    window = torch.i0(beta * (1 - (t / self.crossings).square()).sqrt()) / torch.i0(beta)
    return torch.sinc(t) * window * cutoff

def resampled(self, x: Tensor, rate: int) -> Tensor:
    divisor = self.greatest_divisor(rate, self.rate)
    old, new, block = rate // divisor, self.rate // divisor, 1024
    cutoff = min(old, new) * self.rolloff / old
    width = int(self.crossings / cutoff) + 1
    rows = torch.constant_pad_nd(x, [width, width + 2]).unfold(0, 2 * width + 2, 1)
    length = max(1, (2 * x.size(0) * new + old) // (2 * old))
    phases = torch.arange(min(new, block), device=x.device)
    weights = self.sinc_weights((phases * old % new).to(self.float64) / new, width, cutoff)
    pieces: List[Tensor] = []
    for first in range(0, length, block):
        n = torch.arange(first, min(first + block, length), device=x.device)
        if new > block:
            own = self.sinc_weights((n * old % new).to(self.float64) / new, width, cutoff)
        else:
            own = weights.index_select(0, n % new)
        start = torch.div(n * old, new, rounding_mode="floor")
        pieces.append((rows.index_select(0, start) * own).sum(1))
    return torch.cat(pieces)
)SCRIPT";

constexpr const char* kFeatures = R"SCRIPT(
def as_floats(self, waveform: Tensor) -> Tensor:
    assert waveform.dim() == 1, "waveform: expected [samples]; mix channels down first, e.g. by mean(0)"
    assert waveform.numel() > 0, "waveform: got no samples"
    x = waveform.to(self.float64)
    if waveform.is_floating_point():
        return x
    if waveform.dtype == self.uint8:
        return (x - 128) / 128
    assert waveform.dtype == self.int16 or waveform.dtype == self.int32, \
        "waveform: expected floats from -1 to 1, or integers of 8 (unsigned), 16 or 32 bits"
    return x / (32768.0 if waveform.dtype == self.int16 else 2147483648.0)

def emphasized(self, x: Tensor) -> Tensor:
    if self.preemphasis == 0:
        return x
    return torch.cat([x[:1], x[1:] - self.preemphasis * x[:-1]])

def static_columns(self, y: Tensor) -> Tensor:
    if y.size(0) < self.window:
        y = torch.constant_pad_nd(y, [0, self.window - y.size(0)])
    frames, block = y.unfold(0, self.window, self.hop), 4096
    pieces: List[Tensor] = []
    for first in range(0, frames.size(0), block):
        windowed = frames[first:first + block] * self.hann.to(self.float64)
        power = torch.fft_rfft(windowed, self.fft).abs().square()
        columns = power.matmul(self.filters.to(self.float64).t()).clamp_min(1e-10).log()
        if self.is_mfcc:
            columns = columns.matmul(self.cepstrum.to(self.float64).t())
        pieces.append(columns.to(self.float32))
    return torch.cat(pieces)

def shifted(self, c: Tensor, k: int) -> Tensor:
    rows = torch.arange(k, c.size(0) + k, device=c.device).clamp(0, c.size(0) - 1)
    return c.index_select(0, rows)

def change(self, c: Tensor) -> Tensor:
    return (self.shifted(c, 1) - self.shifted(c, -1) + 2 * (self.shifted(c, 2) - self.shifted(c, -2))) / 10

def normalised(self, features: Tensor) -> Tensor:
    x = features.to(self.float64)
    if self.normalization == "none":
        return features
    mean, std = self.mean.to(self.float64), self.std.to(self.float64)
    if self.normalization == "utterance":
        mean = x.mean(0)
        std = (x - mean).square().mean(0).sqrt().clamp_min(self.least_std)
    if self.normalization == "running":
        x = x - mean
        n = torch.arange(1, x.size(0) + 1, dtype=self.float64, device=x.device).unsqueeze(1) + self.prior_frames
        mean = x.cumsum(0) / n
        variance = (x.square().cumsum(0) + self.prior_frames * std.square()) / n - mean.square()
        std = variance.clamp_min(self.least_std * self.least_std).sqrt()
    return ((x - mean) / std).to(self.float32)

def forward(self, waveform: Tensor, sample_rate: int) -> Tensor:
    assert sample_rate > 0, "sample_rate: expected Hz, more than 0"
    x = self.as_floats(waveform)
    if sample_rate != self.rate:
        x = self.resampled(x, sample_rate)
    columns = [self.static_columns(self.emphasized(x))]
    for order in range(self.deltas):
        columns.append(self.change(columns[-1]))
    return self.normalised(torch.cat(columns, 1))
)SCRIPT";

template <class Value>
void set(torch::jit::Module& module, const std::string& name, const Value& value) {
  module.register_attribute(name, c10::getTypePtr<Value>(), value);
}

void set_resampling(torch::jit::Module& module, const AudioFeatureOptions& options) {
  set(module, "rate", options.sample_rate);
  set(module, "crossings", kCrossings);
  set(module, "rolloff", kRolloff);
  set(module, "beta", kBeta);
}

void set_features(torch::jit::Module& module, const AudioFeatureOptions& options) {
  const AudioFeatures features(options);
  set(module, "window", features.window_samples());
  set(module, "hop", features.hop_samples());
  set(module, "fft", features.fft_size());
  set(module, "preemphasis", options.preemphasis);
  set(module, "deltas", options.deltas);
  set(module, "is_mfcc", features.cepstrum().defined());
  module.register_buffer("hann", features.hann());
  module.register_buffer("filters", features.filters());
  module.register_buffer("cepstrum", features.cepstrum().defined() ? features.cepstrum() : at::empty({0}));
}

void set_normalization(torch::jit::Module& module, const AudioFeatureOptions& options,
                       const FeatureStatistics* statistics) {
  const bool fitted = options.normalization == "global" || options.normalization == "running";
  if (fitted && statistics == nullptr) {
    throw ConfigError(fmt::format("normalization \"{}\" needs the training split's statistics", options.normalization));
  }
  const int64_t columns = AudioFeatures(options).columns();
  if (fitted && statistics->mean.size(0) != columns) {
    throw ShapeError(fmt::format("statistics of {} columns for features of {}", statistics->mean.size(0), columns));
  }
  set(module, "normalization", options.normalization == "speaker" ? std::string("utterance") : options.normalization);
  set(module, "least_std", kLeastDeviation);
  set(module, "prior_frames", options.prior_frames);
  module.register_buffer("mean", fitted ? statistics->mean : at::zeros({1}, torch::kFloat64));
  module.register_buffer("std", fitted ? statistics->deviation : at::ones({1}, torch::kFloat64));
}

}  // namespace

torch::jit::Module audio_features_to_torchscript(const AudioFeatureOptions& options,
                                                 const FeatureStatistics* statistics) {
  torch::jit::Module module("AudioFeatures");
  set_resampling(module, options);
  set_features(module, options);
  set_normalization(module, options, statistics);
  // Text that C++ compiles has no names for types, only their numbers.
  for (const auto& [name, type] :
       {std::pair{"uint8", torch::kUInt8}, std::pair{"int16", torch::kShort}, std::pair{"int32", torch::kInt},
        std::pair{"float32", torch::kFloat}, std::pair{"float64", torch::kDouble}}) {
    set(module, name, static_cast<int64_t>(type));
  }
  module.define(std::string(kResampling) + kFeatures);
  return module;
}

}  // namespace recur
