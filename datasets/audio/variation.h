// How training utterances are varied.  What is drawn comes from a Draw whose key the caller chooses (seed, epoch,
// index), so that a resumed run hears the same; torch's own generator is not touched.
#pragma once

#include <cstdint>

#include <torch/types.h>

#include "datasets/audio/options.h"
#include "datasets/draw.h"

namespace recur {

/// Faster, shorter and higher by `factor` (Ko et al., Audio augmentation for speech recognition, 2015), which is
/// rounded to thousandths.  [N] -> [N / factor].  @throws ConfigError unless factor is at least 0.001.
torch::Tensor change_speed(const torch::Tensor& samples, double factor);

/// White Gaussian noise whose power is `snr_db` below the samples' own, on average.  [N] -> [N]
torch::Tensor add_noise(const torch::Tensor& samples, double snr_db, Draw& draw);

/// `gain_db` louder.  [N] -> [N], not clipped.
torch::Tensor change_gain(const torch::Tensor& samples, double gain_db);

/// Speed, noise and gain as the options say, in this order.  [N] -> [N'] float32
torch::Tensor vary_samples(const torch::Tensor& samples, const AudioVariationOptions& options, Draw& draw);

/// SpecAugment (Park et al. 2019) without its time warping: runs of frames and of neighbouring columns become 0, which
/// is the mean of normalised features.  A mask is 0 to its greatest width wide, all equally likely.
/// @param features  [T, D], normalised; not written to
/// @param options   how many masks, and how wide
/// @param draw      where they lie
/// @param bands     columns before deltas (AudioFeatures::bands()): a masked filter's deltas are masked with it
/// @throws ShapeError unless D is a multiple of bands.
torch::Tensor mask_spectrum(const torch::Tensor& features, const AudioVariationOptions& options, Draw& draw,
                            int64_t bands);

}  // namespace recur
