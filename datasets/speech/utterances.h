// Spoken sentences with their transcripts: what a recognizer learns from.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "datasets/audio/audio_file.h"

namespace recur {

struct Utterance {
  std::string name;     ///< a file's, or a number
  std::string text;     ///< UTF-8, not empty, one blank between words
  std::string speaker;  ///< "" if nobody says
  double seconds = 0;
  /// Its sound; may be called from several threads at once.  @throws DataError for a file that cannot be read.
  std::function<Audio()> read;
};

struct SpeechData {
  std::vector<Utterance> train, validation, test;
  std::vector<std::string> report;  ///< what was found, carved and left out, for a person
};

}  // namespace recur
