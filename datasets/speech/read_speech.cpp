#include "datasets/speech/read_speech.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/names.h"
#include "datasets/speech/dtmf.h"
#include "datasets/speech/joined.h"
#include "datasets/speech/sound_files.h"
#include "datasets/splits.h"
#include "datasets/with_commas.h"

namespace recur {
namespace {

ListedSounds list_sounds(const SpeechDataOptions& options) {
  if (options.format.starts_with("fsdd")) return list_fsdd(options);
  if (options.format == "manifest") return list_manifests(options);
  if (options.format == "kaldi") return list_kaldi(options);
  return list_librispeech(options);
}

/// Moves the sounds that `is_chosen` to the result; the others stay, and all keep their order.
template <class T>
std::vector<T> carve(std::vector<T>& from, const std::vector<bool>& is_chosen) {
  std::vector<T> chosen, rest;
  for (size_t k = 0; k < from.size(); ++k) (is_chosen[k] ? chosen : rest).push_back(std::move(from[k]));
  from = std::move(rest);
  return chosen;
}

void take_test_speakers(const std::vector<std::string>& speakers, ListedSounds& listed) {
  std::set<std::string> known;
  auto all = std::move(listed.train);
  for (auto* part : {&listed.validation, &listed.test}) {
    std::ranges::move(*part, std::back_inserter(all));
    part->clear();
  }
  std::vector<bool> is_test;
  for (const auto& sound : all) {
    known.insert(sound.speaker);
    is_test.push_back(std::ranges::count(speakers, sound.speaker) > 0);
  }
  for (const auto& speaker : speakers) {
    if (known.contains(speaker)) continue;
    const std::vector<std::string> names(known.begin(), known.end());
    throw DataError(fmt::format("data.test_speakers: nobody is called \"{}\"; there are {}{}", speaker,
                                fmt::join(names, ", "), did_you_mean(speaker, names)));
  }
  listed.test = carve(all, is_test);
  listed.train = std::move(all);
}

/// Where several speakers are known, no speaker is in both parts, so that what is measured is how strangers are
/// understood.  FSDD has six, and its makers split by recording: so of each digit and speaker.
std::vector<bool> part_of(const std::vector<ListedSound>& sounds, bool by_speaker, double fraction, int64_t seed) {
  std::vector<std::string> speakers;
  std::map<std::string, int64_t> kinds;
  std::vector<int64_t> kind;
  for (const auto& sound : sounds) {
    speakers.push_back(sound.speaker);
    const auto name = by_speaker ? "" : sound.speaker + " " + sound.text;
    kind.push_back(kinds.try_emplace(name, std::ssize(kinds)).first->second);
  }
  const bool several = std::set<std::string>(speakers.begin(), speakers.end()).size() > 2;
  return by_speaker && several ? grouped_part(speakers, fraction, seed) : stratified_part(kind, fraction, seed);
}

SpeechData located(const SpeechDataOptions& options, int64_t seed, const ReadProgress& progress) {
  auto listed = list_sounds(options);
  const bool by_speaker = !options.format.starts_with("fsdd");
  if (!options.test_speakers.empty()) take_test_speakers(options.test_speakers, listed);
  if (listed.test.empty()) {
    listed.test = carve(listed.train, part_of(listed.train, by_speaker, options.test_fraction, seed));
  }
  if (listed.validation.empty()) {
    listed.validation = carve(listed.train, part_of(listed.train, by_speaker, options.validation_fraction, seed));
  }
  SpeechData data;
  const bool all = options.check_files == "all";
  data.train = locate_sounds(listed.train, "train", all, progress, data.report);
  data.validation = locate_sounds(listed.validation, "validation", all, progress, data.report);
  data.test = locate_sounds(listed.test, "test", all, progress, data.report);
  return data;
}

void join(const SpeechDataOptions& options, int64_t seed, SpeechData& data) {
  const auto tenth = options.simulate_examples / 10;
  // A seed of its own for each split: they have other clips, and should not have the same texts.
  data.train = join_clips(data.train, options.simulate_examples - 2 * tenth, options.join, 3 * seed);
  data.validation = join_clips(data.validation, tenth, options.join, 3 * seed + 1);
  data.test = join_clips(data.test, tenth, options.join, 3 * seed + 2);
  data.report.push_back(fmt::format("joined to utterances of {} to {} clips: {} train, {} validation, {} test",
                                    options.join.least, options.join.most, with_commas(std::ssize(data.train)),
                                    with_commas(std::ssize(data.validation)), with_commas(std::ssize(data.test))));
}

}  // namespace

SpeechData read_speech(const SpeechDataOptions& options, int64_t seed, const ReadProgress& progress) {
  if (options.format == "dtmf") return simulate_dtmf(options.simulate_examples, seed);
  auto data = located(options, seed, progress);
  if (options.format == "fsdd_joined") join(options, seed, data);
  if (options.max_seconds) {
    const auto dropped =
        std::erase_if(data.train, [&](const Utterance& utterance) { return utterance.seconds > *options.max_seconds; });
    if (dropped > 0) {
      data.report.push_back(fmt::format("train: {} utterances above {} s left out",
                                        with_commas(static_cast<int64_t>(dropped)), *options.max_seconds));
    }
  }
  for (const auto& [name, part] : {std::pair{"training", &data.train}, std::pair{"validation", &data.validation}}) {
    if (part->empty()) {
      throw DataError(fmt::format("the {} split holds no utterance; give more, or files for it (data.{})", name,
                                  std::string(name) == "training" ? "train" : name));
    }
  }
  return data;
}

}  // namespace recur
