#include "datasets/audio/audio_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <fstream>
#include <memory>
#include <string_view>
#include <vector>

#include <ATen/ops/from_blob.h>

#include <fmt/ranges.h>
#include <sndfile.h>

#include "core/error.h"
#include "core/files.h"
#include "datasets/audio/sound_container.h"
#include "datasets/with_commas.h"

namespace recur {
namespace {

struct Format {
  int code;
  const char* name;
};

constexpr std::array kFormats{
    Format{SF_FORMAT_WAV, "WAV"},          Format{SF_FORMAT_WAVEX, "WAV"},      Format{SF_FORMAT_RF64, "WAV"},
    Format{SF_FORMAT_NIST, "NIST SPHERE"}, Format{SF_FORMAT_FLAC, "FLAC"},      Format{SF_FORMAT_OGG, "OGG"},
    Format{SF_FORMAT_MPEG, "MPEG audio"},  Format{SF_FORMAT_AIFF, "AIFF"},      Format{SF_FORMAT_AU, "AU"},
    Format{SF_FORMAT_CAF, "CAF"},          Format{SF_FORMAT_W64, "Wave64"},     Format{SF_FORMAT_VOC, "VOC"},
    Format{SF_FORMAT_SVX, "IFF"},          Format{SF_FORMAT_PAF, "PAF"},        Format{SF_FORMAT_HTK, "HTK"},
    Format{SF_FORMAT_IRCAM, "IRCAM"},      Format{SF_FORMAT_MAT4, "MATLAB"},    Format{SF_FORMAT_MAT5, "MATLAB"},
    Format{SF_FORMAT_PVF, "PVF"},          Format{SF_FORMAT_XI, "XI"},          Format{SF_FORMAT_SDS, "SDS"},
    Format{SF_FORMAT_AVR, "AVR"},          Format{SF_FORMAT_MPC2K, "MPC 2000"}, Format{SF_FORMAT_WVE, "WVE"},
};

struct Ending {
  std::string_view ending;
  std::string_view format, other;  // one of the two is meant
};

constexpr std::array kEndings{
    Ending{".wav", "WAV", "NIST SPHERE"},  // TIMIT's files are called so
    Ending{".flac", "FLAC", ""},          Ending{".ogg", "OGG", "FLAC"},    Ending{".oga", "OGG", "FLAC"},
    Ending{".opus", "OGG", ""},           Ending{".mp3", "MPEG audio", ""}, Ending{".sph", "NIST SPHERE", ""},
    Ending{".aiff", "AIFF", ""},          Ending{".aif", "AIFF", ""},       Ending{".au", "AU", ""},
};

std::string format_name(const SF_INFO& info) {
  const auto* format = std::ranges::find(kFormats, info.format & SF_FORMAT_TYPEMASK, &Format::code);
  return format == kFormats.end() ? "a sound file" : format->name;
}

void check_ending(const std::filesystem::path& path, const std::string& format) {
  auto ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(), [](char c) { return 'A' <= c && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  const auto* meant = std::ranges::find(kEndings, ending, &Ending::ending);
  if (meant == kEndings.end() || meant->format == format || meant->other == format) return;
  throw DataError({path.string()}, fmt::format("mislabelled: the name says {}, the file is {}; rename it or convert it",
                                               meant->format, format));
}

struct Sound {
  std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file;
  SF_INFO info;
  std::string format;

  /// Whether the header says how many frames there are.
  bool has_length() const { return info.frames > 0 && info.frames < int64_t{1} << 48; }
};

Sound open_sound(const std::filesystem::path& path) {
  std::error_code none;
  if (!std::filesystem::exists(path, none)) throw DataError({path.string()}, "there is no such file");
  if (std::filesystem::is_directory(path, none)) throw DataError({path.string()}, "is a folder; expected a sound file");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw DataError({path.string()}, "cannot be read; check its permissions");
  std::string head(512, '\0');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(in.gcount()));
  if (head.empty()) throw DataError({path.string()}, "is empty");

  Sound sound{.file = {nullptr, sf_close}, .info = {}, .format = {}};
  codec::check_not_truncated(path);
  sound.file.reset(sf_open(path.c_str(), SFM_READ, &sound.info));
  // Of some endings libsndfile believes that they hold nothing but samples, whatever the bytes are.
  const bool is_guessed = (sound.info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_RAW;
  if (!sound.file || is_guessed) {
    const std::string reason = is_guessed ? "without a header" : sf_strerror(nullptr);
    throw DataError({path.string()},
                    fmt::format("{}; recur reads WAV, FLAC, OGG, SPHERE and what else libsndfile knows "
                                "(it says: {})",
                                codec::what_it_is(head), reason));
  }
  sound.format = format_name(sound.info);
  check_ending(path, sound.format);
  return sound;
}

/// Calls visit(samples, frames) for the whole sound, a block at a time; what a header claims takes no memory.
template <class Visit>
int64_t read_blocks(const Sound& sound, const std::filesystem::path& path, Visit visit) {
  constexpr int64_t kBlock = 1 << 16;
  const int64_t channels = sound.info.channels, frames = std::max<int64_t>(1, kBlock / channels);
  std::vector<float> block(static_cast<size_t>(frames * channels));
  int64_t all = 0;
  while (const auto count = sf_readf_float(sound.file.get(), block.data(), frames)) {
    visit(block.data(), count);
    all += count;
  }
  if (sf_error(sound.file.get()) != SF_ERR_NO_ERROR) {
    throw DataError({path.string()}, fmt::format("damaged behind {} samples: {}; fetch it again", with_commas(all),
                                                 sf_strerror(sound.file.get())));
  }
  // Of MPEG audio the length is an estimate.
  if (sound.has_length() && all < sound.info.frames && sound.format != "MPEG audio") {
    throw DataError({path.string()},
                    fmt::format("truncated: the header promises {} samples, and {} are there; fetch it again",
                                with_commas(sound.info.frames), with_commas(all)));
  }
  if (all == 0) throw DataError({path.string()}, "holds no samples");
  return all;
}

void append_mono(std::vector<float>& mono, const float* samples, int64_t frames, int64_t channels) {
  for (int64_t t = 0; t < frames; ++t) {
    double sum = 0;
    for (int64_t c = 0; c < channels; ++c) sum += static_cast<double>(samples[t * channels + c]);
    mono.push_back(static_cast<float>(sum / static_cast<double>(channels)));
  }
}

template <class Number>
void append(std::string& bytes, Number number) {
  static_assert(std::endian::native == std::endian::little, "WAV is little-endian");
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

}  // namespace

double Audio::seconds() const {
  return static_cast<double>(samples.size(0)) / static_cast<double>(sample_rate);
}

double AudioHeader::seconds() const {
  return static_cast<double>(frames) / static_cast<double>(sample_rate);
}

AudioHeader read_audio_header(const std::filesystem::path& path) {
  const auto sound = open_sound(path);
  // Frames of a stream whose header does not say how many are counted.
  const auto frames = sound.has_length() ? sound.info.frames : read_blocks(sound, path, [](const float*, int64_t) {});
  return {
      .format = sound.format, .frames = frames, .sample_rate = sound.info.samplerate, .channels = sound.info.channels};
}

Audio read_audio(const std::filesystem::path& path) {
  const auto sound = open_sound(path);
  std::vector<float> mono;
  read_blocks(sound, path,
              [&](const float* samples, int64_t frames) { append_mono(mono, samples, frames, sound.info.channels); });
  const auto samples = at::from_blob(mono.data(), {std::ssize(mono)}, torch::kFloat).clone();
  if (!samples.isfinite().all().item<bool>()) throw DataError({path.string()}, "holds samples that are not finite");
  return {.samples = samples, .sample_rate = sound.info.samplerate};
}

bool is_silent(const torch::Tensor& samples) {
  return samples.numel() == 0 || (samples.max() - samples.min()).item<double>() <= kSilentRange;
}

void write_wav(const std::filesystem::path& path, const torch::Tensor& samples, int64_t sample_rate) {
  if (samples.dim() != 1 || !samples.is_floating_point()) {
    throw ShapeError(fmt::format("write_wav: expected floats [N], got {} [{}]", c10::toString(samples.scalar_type()),
                                 fmt::join(samples.sizes(), ", ")));
  }
  if (!samples.isfinite().all().item<bool>()) throw DataError({path.string()}, "samples to write are not finite");
  constexpr int64_t kFullScale = 32768, kMostBytes = 0x7FFFF000;
  const auto data =
      (samples * kFullScale).round().clamp(-kFullScale, kFullScale - 1).to(torch::kShort).cpu().contiguous();
  const auto size = static_cast<int64_t>(data.nbytes());
  if (size > kMostBytes) throw DataError({path.string()}, "too many samples for a WAV; write several files");
  std::string bytes = "RIFF";
  append(bytes, static_cast<uint32_t>(36 + size));
  bytes += "WAVEfmt ";
  append(bytes, uint32_t{16});
  append(bytes, uint16_t{1});  // PCM
  append(bytes, uint16_t{1});  // channel
  append(bytes, static_cast<uint32_t>(sample_rate));
  append(bytes, static_cast<uint32_t>(2 * sample_rate));
  append(bytes, uint16_t{2});   // bytes of a frame
  append(bytes, uint16_t{16});  // bits of a sample
  bytes += "data";
  append(bytes, static_cast<uint32_t>(size));
  bytes.append(reinterpret_cast<const char*>(data.const_data_ptr<int16_t>()), static_cast<size_t>(size));
  write_file_atomically(path, bytes);
}

}  // namespace recur
