#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/catalog.h"
#include "datasets/speech/sound_files.h"

namespace recur {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kTestRecordings = 5;  // recordings 0 to 4
constexpr std::array kDigits{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"};

struct FsddName {
  int64_t digit = 0;
  std::string speaker;
  int64_t index = 0;
};

std::optional<int64_t> whole_number(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

/// "7_jackson_32"; a speaker's name may hold '_'.
std::optional<FsddName> parse_name(const std::string& stem) {
  const auto first = stem.find('_'), last = stem.rfind('_');
  if (first == std::string::npos || last == first) return std::nullopt;
  const auto digit = whole_number(std::string_view(stem).substr(0, first));
  const auto index = whole_number(std::string_view(stem).substr(last + 1));
  if (!digit || *digit > 9 || !index) return std::nullopt;
  return FsddName{*digit, stem.substr(first + 1, last - first - 1), *index};
}

}  // namespace

ListedSounds list_fsdd(const SpeechDataOptions& options) {
  auto folder = options.folder.empty() ? data_directory() / find_data("fsdd").folder : fs::path(options.folder);
  if (fs::is_directory(folder / "recordings")) folder /= "recordings";
  if (!fs::is_directory(folder)) {
    throw DataError({folder.string()}, "is no folder; `recur data list` says how to get fsdd, data.folder names it");
  }
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".wav") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);  // a folder's own order is the file system's
  if (paths.empty()) throw DataError({folder.string()}, "holds no .wav file");
  ListedSounds listed;
  for (const auto& path : paths) {
    const auto name = parse_name(path.stem().string());
    if (!name) {
      throw DataError({path.string()}, "expected a name like 7_jackson_32.wav: the digit said, the speaker, a number");
    }
    auto& part = name->index < kTestRecordings ? listed.test : listed.train;
    part.push_back({.path = path,
                    .text = kDigits[static_cast<size_t>(name->digit)],
                    .speaker = name->speaker,
                    .name = path.filename().string()});
  }
  return listed;
}

}  // namespace recur
