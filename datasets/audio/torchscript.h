#pragma once

#include <torch/csrc/jit/api/module.h>

#include "datasets/audio/normalization.h"
#include "datasets/audio/options.h"

namespace recur {

/// A module with forward(waveform: Tensor [N], sample_rate: int) -> Tensor [T, D] float32: AudioFeatures::compute() and
/// the normalisation that the options name, to 1e-5, of samples as floats (full scale -1 to 1) or as integers of 8, 16
/// or 32 bits.  `speaker` becomes `utterance`, since nobody says who speaks.
///
/// Another sample rate is resampled inside, by a sinc with a Kaiser window (torchaudio.functional.resample with its
/// "kaiser_best": lowpass_filter_width 64, rolloff 0.9476, beta 14.77).  That is another filter than soxr's: on sound
/// that lies below nine tenths of half the lower rate both agree to 1e-5 of full scale.
/// @param options     sample rate, features and normalisation
/// @param statistics  the training split's: needed for `global` and `running`, else not looked at
/// @throws ConfigError if they are needed and null, ShapeError if they have other columns.
torch::jit::Module audio_features_to_torchscript(const AudioFeatureOptions& options,
                                                 const FeatureStatistics* statistics);

}  // namespace recur
