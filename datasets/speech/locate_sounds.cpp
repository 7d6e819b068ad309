#include <algorithm>

#include <ATen/Parallel.h>

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/left_out.h"
#include "datasets/speech/sound_files.h"
#include "datasets/with_commas.h"

namespace recur {
namespace {

/// One file that was looked at: why it cannot be used, or "", and how long it is.
struct Found {
  std::string fault;
  std::string detail;
  double seconds = 0;
};

Found look_at(const ListedSound& sound, bool read_all) {
  if (sound.text.empty()) return {"without a text", sound.name};
  if (!std::filesystem::is_regular_file(sound.path)) return {"absent", sound.name};
  try {
    if (!read_all) return {"", "", read_audio_header(sound.path).seconds()};
    const auto audio = read_audio(sound.path);
    if (is_silent(audio.samples)) return {"silent", sound.name};
    return {"", "", audio.seconds()};
  } catch (const DataError& error) {
    return {"broken", error.what()};
  }
}

/// Several at once, a share after the other, so that progress can be told from this thread.
std::vector<Found> look_at_all(const std::vector<ListedSound>& listed, const std::string& split, bool read_all,
                               const ReadProgress& progress) {
  constexpr int64_t kShare = 256;
  const auto count = static_cast<int64_t>(listed.size());
  std::vector<Found> found(count);
  for (int64_t begin = 0; begin < count; begin += kShare) {
    const auto end = std::min(begin + kShare, count);
    at::parallel_for(begin, end, /*grain_size=*/16, [&](int64_t first, int64_t last) {
      for (auto k = first; k < last; ++k) found[k] = look_at(listed[k], read_all);
    });
    if (progress) progress(fmt::format("{} sound files", split), end, count);
  }
  return found;
}

}  // namespace

std::vector<Utterance> locate_sounds(const std::vector<ListedSound>& listed, const std::string& split, bool read_all,
                                     const ReadProgress& progress, std::vector<std::string>& report) {
  std::vector<Utterance> utterances;
  if (listed.empty()) return utterances;
  LeftOut left_out;
  double seconds = 0;
  const auto found = look_at_all(listed, split, read_all, progress);
  for (size_t k = 0; k < found.size(); ++k) {
    if (!found[k].fault.empty()) {
      left_out.add(found[k].fault, found[k].detail);
      continue;
    }
    const auto& sound = listed[k];
    seconds += found[k].seconds;
    utterances.push_back({.name = sound.name,
                          .text = sound.text,
                          .speaker = sound.speaker,
                          .seconds = found[k].seconds,
                          .read = [path = sound.path] {
                            try {
                              return read_audio(path);
                            } catch (const DataError& error) {
                              throw DataError(
                                  fmt::format("{}; data.check_files=all leaves such files out", error.what()));
                            }
                          }});
  }
  const auto count = static_cast<int64_t>(listed.size());
  if (utterances.empty()) {
    throw DataError(
        fmt::format("none of the {} {} sound files can be used: {}", with_commas(count), split, left_out.to_string()));
  }
  const auto reasons = left_out.to_string();
  report.push_back(fmt::format("{}: {}{} sound files, {:.1f} minutes{}{}", split,
                               with_commas(static_cast<int64_t>(utterances.size())),
                               reasons.empty() ? "" : " of " + with_commas(count), seconds / 60,
                               reasons.empty() ? "" : "; left out: ", reasons));
  return utterances;
}

}  // namespace recur
