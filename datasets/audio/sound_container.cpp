#include "datasets/audio/sound_container.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/with_commas.h"

namespace recur::codec {
namespace {

struct Magic {
  size_t at;
  std::string_view bytes;
  const char* name;
};

// What is met under the name of a sound file and is none that libsndfile reads.
constexpr std::array kOthers{
    Magic{4, "ftyp", "an M4A (or another file of the MP4 family)"},
    Magic{0, "\x1A\x45\xDF\xA3", "a WebM or Matroska file"},
    Magic{0, {"\x30\x26\xB2\x75", 4}, "a WMA"},
    Magic{0, "#!AMR", "an AMR"},
    Magic{0, "ajkg", "a file compressed by shorten"},
    Magic{0, "MAC ", "a Monkey's Audio"},
    Magic{0, "wvpk", "a WavPack"},
    Magic{0, "MThd", "a MIDI file"},
    Magic{0, "\xFF\xD8\xFF", "a JPEG"},
    Magic{0, "\x89PNG", "a PNG"},
    Magic{0, "PK\x03\x04", "a zip archive"},
    Magic{0, "\x1F\x8B", "a gzip file"},
    Magic{0, "version https://git-lfs", "a pointer of Git LFS, whose file was not fetched"},
    Magic{0, "<!DOCTYPE html", "a web page"},
    Magic{0, "<!doctype html", "a web page"},
    Magic{0, "<html", "a web page"},
};

/// A file's size and any part of it.
class Bytes {
 public:
  explicit Bytes(const std::filesystem::path& path)
      : in_(path, std::ios::binary), size_(std::filesystem::file_size(path)) {}

  uint64_t size() const { return size_; }
  /// Fewer than `count` at the end of the file.
  std::string at(uint64_t place, size_t count) {
    std::string bytes(count, '\0');
    in_.clear();
    in_.seekg(static_cast<std::streamoff>(place));
    in_.read(bytes.data(), static_cast<std::streamsize>(count));
    bytes.resize(static_cast<size_t>(std::max<std::streamsize>(in_.gcount(), 0)));
    return bytes;
  }
  /// 0 behind the end.
  uint64_t number(uint64_t place, size_t count, bool big_endian) {
    auto bytes = at(place, count);
    if (bytes.size() < count) return 0;
    if (!big_endian) std::ranges::reverse(bytes);
    uint64_t value = 0;
    for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
    return value;
  }

 private:
  std::ifstream in_;
  uint64_t size_;
};

/// Where the samples should be.
struct Promise {
  uint64_t first = 0, count = 0;  // bytes
};

/// Programs that write into a pipe do not know the size when they write the header, and put the largest or 0.
bool is_known(uint64_t size) {
  return size != 0 && size < 0x7FFFF000;
}

/// The chunks of RIFF (WAV), RF64 and FORM (AIFF).
std::optional<Promise> in_chunks(Bytes& file, std::string_view wanted, bool big_endian) {
  constexpr int kMostChunks = 1000;
  uint64_t place = 12, size_64 = 0;
  for (int chunk = 0; chunk < kMostChunks && place + 8 <= file.size(); ++chunk) {
    const auto name = file.at(place, 4);
    const auto size = file.number(place + 4, 4, big_endian);
    if (name == "ds64") size_64 = file.number(place + 16, 8, false);
    if (name == wanted && size == 0xFFFFFFFF && size_64 > 0) return Promise{place + 8, size_64};
    if (name == wanted) return is_known(size) ? std::optional(Promise{place + 8, size}) : std::nullopt;
    place += 8 + size + size % 2;
  }
  return {};
}

/// The text header of NIST SPHERE.
std::optional<Promise> in_sphere(Bytes& file, const std::filesystem::path& path) {
  std::istringstream lines(file.at(0, 1024));
  std::string magic, name, type, value;
  uint64_t header = 0, samples = 0, channels = 1, width = 2;
  lines >> magic >> header;
  while (lines >> name && name != "end_head" && lines >> type >> value) {
    const auto number = [&] { return std::strtoull(value.c_str(), nullptr, 10); };
    if (name == "sample_count") samples = number();
    if (name == "channel_count") channels = number();
    if (name == "sample_n_bytes") width = number();
    if (name == "sample_coding" && value.find("shorten") != std::string::npos) {
      throw DataError({path.string()}, "a SPHERE file compressed by shorten; unpack it with sph2pipe");
    }
  }
  if (samples == 0 || channels > 1024 || width > 8 || samples > uint64_t{1} << 48) return {};
  return Promise{header, samples * channels * width};
}

std::optional<Promise> promise_of(Bytes& file, const std::filesystem::path& path) {
  const auto head = file.at(0, 12);
  if (head.starts_with("RIFF") || head.starts_with("RF64") || head.starts_with("BW64")) {
    return in_chunks(file, "data", false);
  }
  if (head.starts_with("RIFX")) return in_chunks(file, "data", true);
  if (head.starts_with("FORM")) return in_chunks(file, "SSND", true);
  if (head.starts_with("NIST_1A")) return in_sphere(file, path);
  if (head.starts_with(".snd") && is_known(file.number(8, 4, true))) {
    return Promise{file.number(4, 4, true), file.number(8, 4, true)};
  }
  return {};
}

/// RFC 3533: the last page of a stream is marked, and says how long its segments are.
bool is_endless_ogg(Bytes& file) {
  if (file.at(0, 4) != "OggS") return false;
  constexpr size_t kLargestPage = 65307, kHeader = 27;
  constexpr int kEndOfStream = 4;
  const auto tail = file.at(file.size() - std::min<uint64_t>(file.size(), kLargestPage), kLargestPage);
  const auto page = tail.rfind("OggS");
  if (page == std::string::npos || page + kHeader > tail.size() || (tail[page + 5] & kEndOfStream) == 0) return true;
  const auto segments = tail.substr(page + kHeader, static_cast<uint8_t>(tail[page + kHeader - 1]));
  size_t end = page + kHeader + segments.size();
  for (const char length : segments) end += static_cast<uint8_t>(length);
  return end > tail.size();
}

}  // namespace

std::string what_it_is(std::string_view bytes) {
  if (bytes.empty()) return "is empty";
  for (const auto& magic : kOthers) {
    if (bytes.size() >= magic.at && bytes.substr(magic.at).starts_with(magic.bytes)) {
      return fmt::format("is {}", magic.name);
    }
  }
  const bool is_text = std::ranges::all_of(
      bytes.substr(0, 512), [](char c) { return (' ' <= c && c <= '~') || c == '\n' || c == '\r' || c == '\t'; });
  return is_text ? "is text" : "is no sound file";
}

void check_not_truncated(const std::filesystem::path& path) {
  Bytes file(path);
  if (is_endless_ogg(file)) throw DataError({path.string()}, "truncated: the Ogg stream has no end; fetch it again");
  const auto promised = promise_of(file, path);
  const auto there = promised ? file.size() - std::min(file.size(), promised->first) : 0;
  if (!promised || promised->count <= there) return;
  throw DataError(
      {path.string()},
      fmt::format("truncated: the header promises {} bytes of samples, and {} are there; fetch it again",
                  with_commas(static_cast<int64_t>(promised->count)), with_commas(static_cast<int64_t>(there))));
}

}  // namespace recur::codec
