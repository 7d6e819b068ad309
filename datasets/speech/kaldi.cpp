#include <map>

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/catalog.h"
#include "datasets/speech/sound_files.h"
#include "datasets/text/lines.h"

namespace recur {
namespace {

namespace fs = std::filesystem;

struct Entry {
  std::string value;
  int64_t line = 0;
};

/// Lines "KEY VALUE", VALUE up to the line's end, in the order of the keys.
std::map<std::string, Entry> read_map(const fs::path& path) {
  std::map<std::string, Entry> entries;
  for_each_line(read_packed_text(path, "utf-8", {}), [&](std::string_view line, int64_t number) {
    line = trimmed(line);
    if (line.empty()) return;
    const auto blank = line.find_first_of(" \t");
    const std::string key(line.substr(0, blank));
    const auto value = blank == std::string_view::npos ? "" : trimmed(line.substr(blank));
    if (!entries.try_emplace(key, Entry{std::string(value), number}).second) {
      throw DataError({path.string(), number}, fmt::format("\"{}\" is there twice", key));
    }
  });
  return entries;
}

std::vector<ListedSound> list_folder(const std::string& given) {
  if (given.empty()) return {};
  const auto folder = fs::is_directory(given) ? fs::path(given) : data_directory() / given;
  if (fs::exists(folder / "segments")) {
    throw DataError({(folder / "segments").string()}, "utterances that are parts of a recording are not supported");
  }
  const auto scp = folder / "wav.scp";
  const auto paths = read_map(scp);
  const auto texts = read_map(folder / "text");
  const auto speakers = fs::exists(folder / "utt2spk") ? read_map(folder / "utt2spk") : std::map<std::string, Entry>{};
  std::vector<ListedSound> listed;
  for (const auto& [name, path] : paths) {
    if (path.value.empty() || path.value.ends_with('|')) {
      throw DataError({scp.string(), path.line},
                      fmt::format("got \"{}\", expected a sound file; commands are not run", path.value));
    }
    const auto text = texts.find(name), speaker = speakers.find(name);
    listed.push_back({.path = path.value,
                      .text = text == texts.end() ? "" : text->second.value,
                      .speaker = speaker == speakers.end() ? "" : speaker->second.value,
                      .name = name});
    // Kaldi's paths are seen from where its recipe runs; a folder that was moved has them beside wav.scp.
    auto& sound = listed.back().path;
    if (sound.is_relative() && !fs::exists(sound)) sound = folder / sound;
  }
  return listed;
}

}  // namespace

ListedSounds list_kaldi(const SpeechDataOptions& options) {
  return {.train = list_folder(options.train),
          .validation = list_folder(options.validation),
          .test = list_folder(options.test)};
}

}  // namespace recur
