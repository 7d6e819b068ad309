// What a config says about spoken sentences: where they come from and how they are split.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/options.h"
#include "datasets/audio/options.h"
#include "datasets/text/options.h"

namespace recur {

/// Where a manifest's columns stand.
struct ManifestColumns {
  std::string path = "path";
  std::string text = "text";
  std::string speaker = "speaker";

  static constexpr auto fields() {
    using M = ManifestColumns;
    return std::tuple{
        field("path", &M::path, "column or key of the sound file, seen from the manifest's folder", not_empty()),
        field("text", &M::text, "column or key of what is said", not_empty()),
        field("speaker", &M::speaker, "column or key of who says it, if there is one"),
    };
  }
};

/// Short clips joined to longer ones.
struct JoinOptions {
  int64_t least = 3, most = 7;
  double least_gap = 0.05, most_gap = 0.3;

  static constexpr auto fields() {
    using J = JoinOptions;
    return std::tuple{
        field("least", &J::least, "clips of one speaker in an utterance, at least", between(1, 1000)),
        field("most", &J::most, "and at most", between(1, 1000)),
        field("least_gap", &J::least_gap, "seconds of near silence around and between them, at least", at_least(0)),
        field("most_gap", &J::most_gap, "and at most", at_least(0)),
    };
  }
  void check(ConfigCheck& check) const {
    check.require(most >= least, "most", "must be at least `least`");
    check.require(most_gap >= least_gap, "most_gap", "must be at least `least_gap`");
  }
};

/// Which utterances stand together in a batch.
struct SpeechBatchOptions {
  int64_t bucket = 20;
  std::optional<double> max_seconds = {};

  static constexpr auto fields() {
    using B = SpeechBatchOptions;
    return std::tuple{
        field("bucket", &B::bucket, "batches of utterances that are sorted by length together; 1: random batches",
              at_least(1)),
        field("max_seconds", &B::max_seconds,
              "sound of a batch, instead of trainer.batch_size utterances; a longer one is a batch of its own",
              more_than(0)),
    };
  }
};

/// Utterances with their transcripts.
///
/// A set that comes with test or validation parts is split as its makers split it; what it lacks is carved from the
/// training part, no speaker cut where speakers are known (FSDD: by recording, as its makers do).  With `test_speakers`
/// all that these say is the test split, and the rest of it is left out.
struct SpeechDataOptions {
  std::string format = "dtmf";
  std::string folder = "";
  std::string train = "", validation = "", test = "";
  ManifestColumns manifest = {};
  JoinOptions join = {};
  std::vector<std::string> test_speakers = {};
  double validation_fraction = 0.1;
  double test_fraction = 0.1;
  int64_t simulate_examples = 4000;
  std::optional<double> max_seconds = {};
  std::string check_files = "header";
  AudioFeatureOptions features = {};
  AudioVariationOptions variation = {};
  TextOptions text = {.tokenizer = "character"};
  SpeechBatchOptions batches = {};

  static constexpr auto fields() {
    using S = SpeechDataOptions;
    return std::tuple{
        field("format", &S::format,
              "dtmf: built in, digits as a telephone's tones; fsdd: Free Spoken Digit Dataset; fsdd_joined: its "
              "digits joined to sequences; manifest: your own CSV, TSV or JSON lines; kaldi: wav.scp and text; "
              "librispeech: its tree of folders",
              one_of("dtmf", "fsdd", "fsdd_joined", "manifest", "kaldi", "librispeech")),
        field("folder", &S::folder,
              "fsdd, fsdd_joined, librispeech: where the files are; empty: in the data directory"),
        field("train", &S::train,
              "manifest: the file; kaldi: the folder; librispeech: parts with a blank between, e.g. train-clean-100"),
        field("validation", &S::validation, "the same; empty: carved from the training part"),
        field("test", &S::test, "the same; empty: carved from the training part"),
        field("manifest", &S::manifest, "manifest: where paths and texts stand"),
        field("join", &S::join, "fsdd_joined: how clips become utterances"),
        field("test_speakers", &S::test_speakers, "speakers who are in the test split, and in no other"),
        field("validation_fraction", &S::validation_fraction,
              "share of the training utterances that becomes the validation split where the data has none", fraction()),
        field("test_fraction", &S::test_fraction,
              "share of the utterances that becomes the test split where the data has none", fraction()),
        field("simulate_examples", &S::simulate_examples, "dtmf, fsdd_joined: how many, over all splits",
              between(20, 1000000)),
        field("max_seconds", &S::max_seconds, "longer training utterances are left out; null: none", more_than(0)),
        field("check_files", &S::check_files,
              "before training, read each file's header, or all of it; what is broken or, if all is read, silent is "
              "left out",
              one_of("header", "all")),
        field("features", &S::features, "from sound to what the network sees"),
        field("variation", &S::variation, "how training utterances are varied"),
        field("text", &S::text, "from transcripts to tokens"),
        field("batches", &S::batches, "which utterances stand together in a batch"),
    };
  }
  void check(ConfigCheck& check) const {
    const bool has_parts = format == "manifest" || format == "kaldi" || format == "librispeech";
    check.require(!has_parts || !train.empty(), "train",
                  format == "manifest" ? "manifest needs its file: train.csv"
                  : format == "kaldi"  ? "kaldi needs the folder of wav.scp and text"
                                       : "librispeech needs its parts: train-clean-100");
    for (const auto& [key, part] :
         {std::pair{"train", train}, std::pair{"validation", validation}, std::pair{"test", test}}) {
      check.require(has_parts || part.empty(), key, "is for formats manifest, kaldi and librispeech only");
    }
    check.require(folder.empty() || format.starts_with("fsdd") || format == "librispeech", "folder",
                  "is for formats fsdd, fsdd_joined and librispeech only");
    check.require(test_speakers.empty() || format != "dtmf", "test_speakers", "tones have no speaker");
  }
};

}  // namespace recur
