#pragma once

#include <cstdint>

#include <torch/types.h>

namespace recur {

/// How many samples `count` of them become: count * to / from, rounded.
int64_t resampled_length(int64_t count, int64_t from, int64_t to);

/// The same sound at another sample rate, by libsoxr at high quality (20 bits, linear phase): nothing is delayed, and
/// what lies above half the lower rate is filtered out.
/// @param samples   [N] floats
/// @param from, to  rates in Hz, more than 0
/// @returns  [resampled_length(N, from, to)] float32, at least one sample if there was one; the samples themselves if
///           the rates are the same
/// @throws ShapeError, ConfigError for a rate that is none.
torch::Tensor resample(const torch::Tensor& samples, int64_t from, int64_t to);

}  // namespace recur
