#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/catalog.h"
#include "datasets/speech/sound_files.h"
#include "datasets/text/lines.h"

namespace recur {
namespace {

namespace fs = std::filesystem;

void add_transcripts(const fs::path& transcripts, std::vector<ListedSound>& listed) {
  for_each_line(read_packed_text(transcripts, "utf-8", {}), [&](std::string_view line, int64_t number) {
    line = trimmed(line);
    if (line.empty()) return;
    const auto blank = line.find(' ');
    const std::string name(line.substr(0, blank));
    const auto dash = name.find('-');
    if (blank == std::string_view::npos || dash == std::string::npos) {
      throw DataError({transcripts.string(), number}, "expected a line like \"84-121123-0000 GO DO YOU HEAR\"");
    }
    listed.push_back({.path = transcripts.parent_path() / (name + ".flac"),
                      .text = std::string(trimmed(line.substr(blank))),
                      .speaker = name.substr(0, dash),
                      .name = name});
  });
}

std::vector<ListedSound> list_parts(const fs::path& folder, const std::string& parts) {
  std::vector<ListedSound> listed;
  std::istringstream words(parts);
  for (std::string part; words >> part;) {
    if (!fs::is_directory(folder / part)) {
      throw DataError({(folder / part).string()}, "is no folder; data.folder names where LibriSpeech's parts are");
    }
    std::vector<fs::path> transcripts;
    for (const auto& entry : fs::recursive_directory_iterator(folder / part)) {
      if (entry.path().string().ends_with(".trans.txt")) transcripts.push_back(entry.path());
    }
    if (transcripts.empty()) throw DataError({(folder / part).string()}, "holds no .trans.txt file");
    std::ranges::sort(transcripts);
    for (const auto& path : transcripts) add_transcripts(path, listed);
  }
  return listed;
}

}  // namespace

ListedSounds list_librispeech(const SpeechDataOptions& options) {
  const auto folder = options.folder.empty() ? data_directory() / "LibriSpeech" : fs::path(options.folder);
  return {.train = list_parts(folder, options.train),
          .validation = list_parts(folder, options.validation),
          .test = list_parts(folder, options.test)};
}

}  // namespace recur
