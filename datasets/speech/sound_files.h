// Listed sound files, as each format of a data set names them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/read_progress.h"
#include "datasets/speech/options.h"
#include "datasets/speech/utterances.h"

namespace recur {

/// A sound file that a data set lists; whether it is there is not known yet.
struct ListedSound {
  std::filesystem::path path;
  std::string text;
  std::string speaker;  ///< "" if nobody says
  std::string name;     ///< what reports call it
};

/// What a format's reader finds: parts that its makers do not split are all in `train`.
struct ListedSounds {
  std::vector<ListedSound> train, validation, test;
};

/// Looks for each listed file, and reads its header, or all of it with `read_all`.  What is absent, damaged, silent (if
/// all is read) or without a text is left out; the line for a person says how much of what.
/// `split` is its name, for messages.
/// @throws DataError  if files are listed and none of them is left.
std::vector<Utterance> locate_sounds(const std::vector<ListedSound>& listed, const std::string& split, bool read_all,
                                     const ReadProgress& progress, std::vector<std::string>& report);

/// {digit}_{speaker}_{index}.wav below `recordings`.  The test part is the recordings 0 to 4 of each digit and speaker,
/// as the makers have it since version 1.0.10; else a test part of `test_speakers`.
/// @throws DataError  for a folder that is absent, or a name that does not say digit, speaker and index.
ListedSounds list_fsdd(const SpeechDataOptions& options);

/// CSV (RFC 4180), TSV and JSON lines by the files' ending; paths are seen from the manifest's folder.
/// @throws DataError  file:line for what is malformed, a column or key that is not there.
ListedSounds list_manifests(const SpeechDataOptions& options);

/// Kaldi's data folders: `wav.scp` (utterance, path), `text` (utterance, transcript) and, if it is there, `utt2spk`.
/// @throws DataError  file:line for a path that is a command ("... |"), and for folders with `segments`: neither is
///                    supported.
ListedSounds list_kaldi(const SpeechDataOptions& options);

/// PART/SPEAKER/CHAPTER/SPEAKER-CHAPTER.trans.txt with a line "UTTERANCE TRANSCRIPT" for each UTTERANCE.flac beside it
/// (Panayotov et al. 2015).
/// @throws DataError  for a part that is not there; file:line for what is malformed.
ListedSounds list_librispeech(const SpeechDataOptions& options);

}  // namespace recur
