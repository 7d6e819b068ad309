// The built-in utterances: telephone numbers, dialled.  No download, and a text that is known exactly.
#pragma once

#include <cstdint>
#include <string>

#include "datasets/speech/utterances.h"

namespace recur {

enum class DtmfSplit { kTrain, kValidation, kTest };

/// Two to eight digits as dual tones (ITU-T Q.23), 8 kHz.  Each tone lasts 40 to 160 ms at the utterance's own speed,
/// its two parts differ in strength; pauses, an echo or two, and white noise 0 to 20 dB below the tones, that is there
/// in the pauses too.  A pure function of the arguments.
struct DialledNumber {
  std::string digits;     ///< "4 0 7"
  torch::Tensor samples;  ///< [N] float32
};
DialledNumber dial(int64_t seed, DtmfSplit split, int64_t index);

/// `examples` such numbers, 80 % of them for training, 10 % for validation and 10 % for test.
SpeechData simulate_dtmf(int64_t examples, int64_t seed);

}  // namespace recur
