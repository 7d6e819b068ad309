#pragma once

#include "datasets/read_progress.h"
#include "datasets/speech/options.h"
#include "datasets/speech/utterances.h"

namespace recur {

/// Reads and splits what `options` describe.  `seed` decides which utterances a carved split gets, or what is made up,
/// and nothing else.
///
/// Durations come from the files' headers, which are read once here; what is absent, damaged or without a transcript is
/// left out and counted in `report`.
/// @throws DataError  file:line for a malformed manifest; a file or folder that is absent; a speaker nobody knows; a
///                    training or validation split without utterances.
SpeechData read_speech(const SpeechDataOptions& options, int64_t seed, const ReadProgress& progress = {});

}  // namespace recur
