#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/speech/options.h"
#include "datasets/speech/utterances.h"

namespace recur {

/// `count` utterances, each of clips drawn from one speaker with near silence (noise at -66 dB) around and between
/// them; their texts stand side by side.  The clips have one sample rate.  A pure function of the arguments.
std::vector<Utterance> join_clips(const std::vector<Utterance>& clips, int64_t count, const JoinOptions& options,
                                  int64_t seed);

}  // namespace recur
