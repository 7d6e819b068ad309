// What libsndfile writes is read back; what is broken is named, and no bytes bring the reader down.
#include "datasets/audio/audio_file.h"

#include <cstdint>
#include <limits>
#include <string>

#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <gmock/gmock.h>
#include <sys/resource.h>

#include "core/error.h"
#include "core/files.h"
#include "datasets/catalog.h"
#include "sound.h"
#include "temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

struct Encoding {
  const char* file;
  int code;
  double tolerance;  // of the samples, full scale 1
  const char* format;
};

constexpr double kStep16 = 1.0 / 32768;
const std::vector<Encoding> kEncodings{
    {"8.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 1.0 / 128, "WAV"},
    {"16.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, kStep16, "WAV"},
    {"24.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 1e-6, "WAV"},
    {"32.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_32, 1e-6, "WAV"},
    {"float.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 1e-6, "WAV"},
    {"double.wav", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 1e-6, "WAV"},
    {"mulaw.wav", SF_FORMAT_WAV | SF_FORMAT_ULAW, 0.05, "WAV"},
    {"adpcm.wav", SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM, 0.1, "WAV"},
    {"extensible.WAV", SF_FORMAT_WAVEX | SF_FORMAT_PCM_16, kStep16, "WAV"},
    {"rf64.wav", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, kStep16, "WAV"},
    {"8.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_S8, 1.0 / 64, "FLAC"},
    {"16.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, kStep16, "FLAC"},
    {"24.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 1e-6, "FLAC"},
    {"vorbis.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 0.15, "OGG"},
    {"16.sph", SF_FORMAT_NIST | SF_FORMAT_PCM_16, kStep16, "NIST SPHERE"},
    {"timit.wav", SF_FORMAT_NIST | SF_FORMAT_PCM_16, kStep16, "NIST SPHERE"},
    {"mulaw.sph", SF_FORMAT_NIST | SF_FORMAT_ULAW, 0.05, "NIST SPHERE"},
    {"16.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, kStep16, "AIFF"},
    {"24.au", SF_FORMAT_AU | SF_FORMAT_PCM_24, 1e-6, "AU"},
    {"16.caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16, kStep16, "CAF"},
};

/// 4,000 samples: a second channel of half the strength makes the mean three quarters of the first.
torch::Tensor stereo() {
  const auto left = sweep(0.5, 8000);
  return at::stack({left, left / 2}, 1);
}

std::filesystem::path written(const TemporaryFolder& folder, const Encoding& encoding, const torch::Tensor& channels) {
  const auto path = folder.path() / encoding.file;
  write_sound(path, channels, encoding.code);
  return path;
}

/// A stereo file's bytes.
std::string bytes_of(const TemporaryFolder& folder, const Encoding& encoding) {
  return read_file(written(folder, encoding, stereo()));
}

const Encoding& encoding_of(const std::string& file) {
  return *std::ranges::find_if(kEncodings, [&](const Encoding& encoding) { return encoding.file == file; });
}

std::string error_of(const std::filesystem::path& path) {
  return message_of<DataError>([&] { read_audio(path); });
}

int64_t most_memory_so_far() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} << 10;
}

TEST(AudioFile, GivesTheSamplesOfEveryContainerAndEncoding) {
  const TemporaryFolder folder;
  for (const auto& encoding : kEncodings) {
    const auto header = read_audio_header(written(folder, encoding, stereo()));
    EXPECT_EQ(header.format, encoding.format) << encoding.file;
    EXPECT_EQ(header.channels, 2) << encoding.file;
    EXPECT_EQ(header.sample_rate, 8000) << encoding.file;
    EXPECT_NEAR(header.seconds(), 0.5, encoding.tolerance) << encoding.file;  // ADPCM fills its last block
    const auto audio = read_audio(folder.path() / encoding.file);
    EXPECT_EQ(audio.sample_rate, 8000);
    ASSERT_EQ(audio.samples.scalar_type(), torch::kFloat);
    ASSERT_EQ(audio.samples.sizes(), (std::vector{header.frames})) << encoding.file;
    const auto error = (audio.samples.slice(0, 0, 4000) - stereo().mean(1)).abs().max().item<double>();
    EXPECT_LE(error, encoding.tolerance) << encoding.file;
  }
}

TEST(AudioFile, GivesMonoAsItIs) {
  const TemporaryFolder folder;
  const auto exact = (sweep(0.3, 16000) * 32768).round() / 32768;
  write_sound(folder.path() / "mono.wav", exact.unsqueeze(1), SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000);
  const auto audio = read_audio(folder.path() / "mono.wav");
  EXPECT_TRUE(audio.samples.equal(exact));
  EXPECT_EQ(audio.sample_rate, 16000);
  EXPECT_DOUBLE_EQ(audio.seconds(), 0.3);
}

TEST(AudioFile, NamesATruncatedFile) {
  const TemporaryFolder folder;
  for (const auto& encoding : kEncodings) {
    if (encoding.format == std::string("CAF")) continue;  // libsndfile reads what is left of it
    const auto bytes = bytes_of(folder, encoding);
    for (const double share : {0.5, 0.8, 0.99}) {
      const auto kept = static_cast<size_t>(share * static_cast<double>(bytes.size()));
      const auto path = folder.write(encoding.file, bytes.substr(0, kept));
      EXPECT_THAT(error_of(path),
                  AllOf(StartsWith(path.string()), testing::AnyOf(HasSubstr("truncated"), HasSubstr("damaged"))))
          << encoding.file << ", " << share;
    }
  }
}

TEST(AudioFile, NamesATruncatedFileByItsHeaderAlone) {
  const TemporaryFolder folder;
  for (const std::string name : {"16.wav", "rf64.wav", "16.sph", "16.aiff", "24.au", "vorbis.ogg"}) {
    const auto bytes = bytes_of(folder, encoding_of(name));
    const auto path = folder.write(name, bytes.substr(0, bytes.size() - 1000));
    EXPECT_THAT(message_of<DataError>([&] { read_audio_header(path); }), HasSubstr("truncated")) << name;
  }
}

TEST(AudioFile, NamesAnOggThatEndsWithAWholePage) {
  const TemporaryFolder folder;
  write_sound(folder.path() / "a.ogg", sweep(10, 8000).unsqueeze(1), encoding_of("vorbis.ogg").code);
  const auto bytes = read_file(folder.path() / "a.ogg");
  const auto last_page = bytes.rfind("OggS");
  ASSERT_GT(last_page, bytes.size() / 4);
  EXPECT_THAT(error_of(folder.write("a.ogg", bytes.substr(0, last_page))), HasSubstr("truncated"));
}

TEST(AudioFile, NamesADamagedFlac) {
  const TemporaryFolder folder;
  auto bytes = bytes_of(folder, encoding_of("16.flac"));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  EXPECT_THAT(error_of(folder.write("a.flac", bytes)), HasSubstr("damaged"));
}

TEST(AudioFile, ReadsAWavWhoseWriterDidNotKnowItsSize) {
  const TemporaryFolder folder;
  auto bytes = bytes_of(folder, encoding_of("16.wav"));
  for (const std::string& size : {std::string(4, '\xFF'), std::string("\0\xF0\xFF\x7F", 4)}) {
    bytes.replace(bytes.find("RIFF") + 4, 4, size);
    bytes.replace(bytes.find("data") + 4, 4, size);
    EXPECT_EQ(read_audio(folder.write("piped.wav", bytes)).samples.size(0), 4000);
  }
}

TEST(AudioFile, NamesWhatIsEmpty) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_of(folder.write("none.wav", "")), AllOf(HasSubstr("none.wav"), HasSubstr("is empty")));
  for (const std::string name : {"16.wav", "16.sph", "16.aiff", "vorbis.ogg"}) {
    write_sound(folder.path() / name, at::zeros({0, 1}), encoding_of(name).code);
    EXPECT_THAT(error_of(folder.path() / name), AllOf(HasSubstr(name), HasSubstr("holds no samples")));
    EXPECT_THAT(message_of<DataError>([&] { read_audio_header(folder.path() / name); }), HasSubstr("holds no samples"));
  }
}

TEST(AudioFile, NamesWhatIsNoSoundFile) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_of(folder.path() / "absent.wav"), AllOf(HasSubstr("absent.wav"), HasSubstr("no such file")));
  EXPECT_THAT(error_of(folder.path()), HasSubstr("folder"));
  EXPECT_THAT(error_of(folder.write("a.wav", "hello, this is a text\n")), HasSubstr("is text"));
  EXPECT_THAT(error_of(folder.write("a.raw", "hello, this is a text\n")), HasSubstr("is text"));
  EXPECT_THAT(error_of(folder.write("a.vox", std::string(2000, '\x80'))), HasSubstr("no sound file"));
  EXPECT_THAT(error_of(folder.write("a.flac", "<!DOCTYPE html><html>404")), HasSubstr("web page"));
  EXPECT_THAT(error_of(folder.write("a.wav", "version https://git-lfs.github.com/spec/v1")), HasSubstr("Git LFS"));
  EXPECT_THAT(error_of(folder.write("a.wav", std::string("\0\0\0\x20"
                                                         "ftypM4A ",
                                                         12) +
                                                 std::string(99, 'x'))),
              HasSubstr("M4A"));
  auto sphere = bytes_of(folder, encoding_of("16.sph"));
  sphere.replace(sphere.find("end_head"), 62, "sample_coding -s26 pcm,embedded-shorten-v2.00\nend_head        ");
  EXPECT_THAT(error_of(folder.write("a.sph", sphere)), AllOf(HasSubstr("shorten"), HasSubstr("sph2pipe")));
}

TEST(AudioFile, NamesAMislabelledFile) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_of(folder.write("a.wav", bytes_of(folder, encoding_of("16.flac")))),
              AllOf(HasSubstr("a.wav"), HasSubstr("mislabelled"), HasSubstr("WAV"), HasSubstr("FLAC")));
  EXPECT_THAT(error_of(folder.write("a.flac", bytes_of(folder, encoding_of("16.wav")))), HasSubstr("mislabelled"));
  EXPECT_EQ(read_audio_header(folder.write("a.sound", bytes_of(folder, encoding_of("16.wav")))).format, "WAV");
  const int mp3 = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;
  write_sound(folder.path() / "a.mp3", stereo(), mp3, 16000);
  EXPECT_THAT(error_of(folder.write("b.wav", read_file(folder.path() / "a.mp3"))),
              AllOf(HasSubstr("mislabelled"), HasSubstr("MPEG")));
}

TEST(AudioFile, NamesSamplesThatAreNotFinite) {
  const TemporaryFolder folder;
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    auto samples = stereo();
    samples[17][0] = bad;
    write_sound(folder.path() / "a.wav", samples, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
    EXPECT_THAT(error_of(folder.path() / "a.wav"), HasSubstr("not finite"));
  }
}

TEST(AudioFile, IsReadOrRefusedWhateverByteIsChanged) {
  const TemporaryFolder folder;
  for (const std::string name : {"16.wav", "16.flac", "vorbis.ogg", "16.sph", "16.aiff", "24.au", "rf64.wav"}) {
    const auto bytes = bytes_of(folder, encoding_of(name));
    const auto before = most_memory_so_far();
    for (size_t place = 0; place < std::min<size_t>(bytes.size(), name == "16.sph" ? 150 : 90); ++place) {
      for (const int change : {0x01, 0xFF}) {
        auto changed = bytes;
        changed[place] = static_cast<char>(changed[place] ^ change);
        try {
          read_audio(folder.write(name, changed));
        } catch (const DataError&) {
        }
      }
    }
    EXPECT_LT(most_memory_so_far() - before, 100 << 20) << name;
  }
}

TEST(AudioFile, ReadsAFlacWithoutALength) {
  const TemporaryFolder folder;
  auto bytes = bytes_of(folder, encoding_of("16.flac"));
  constexpr size_t kTotalSamples = 4 + 4 + 13;  // magic, block header, its lower half byte begins the number
  bytes[kTotalSamples] = static_cast<char>(bytes[kTotalSamples] & 0xF0);
  bytes.replace(kTotalSamples + 1, 4, 4, '\0');
  const auto path = folder.write("streamed.flac", bytes);
  EXPECT_EQ(read_audio_header(path).frames, 4000);
  EXPECT_EQ(read_audio(path).samples.size(0), 4000);
}

TEST(AudioFile, HoldsTheBytesOfARealRecording) {
  const auto path = data_directory() / "fsdd/recordings/0_jackson_0.wav";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "needs " << path;
  const auto bytes = read_file(path);
  const auto audio = read_audio(path);
  ASSERT_EQ(audio.samples.size(0), static_cast<int64_t>(bytes.size() - 44) / 2);
  for (int64_t n = 0; n < audio.samples.size(0); ++n) {
    int16_t sample = 0;
    std::memcpy(&sample, bytes.data() + 44 + 2 * n, 2);
    ASSERT_EQ(audio.samples[n].item<float>(), static_cast<float>(sample) / 32768);
  }
}

TEST(AudioFile, IsWrittenAsAWavThatGivesTheSameSamples) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "deep/a.wav";
  const auto exact = (sweep(0.2, 8000) * 32768).round() / 32768;
  write_wav(path, exact, 11025);
  EXPECT_TRUE(read_audio(path).samples.equal(exact));
  EXPECT_EQ(read_audio(path).sample_rate, 11025);
  write_wav(path, torch::tensor({-3.0, -1.0, 0.00001, 1.0}), 8000);
  EXPECT_TRUE(read_audio(path).samples.equal(torch::tensor({-1.0F, -1.0F, 0.0F, 32767.0F / 32768})));
  EXPECT_THROW(write_wav(path, at::zeros({2, 5}), 8000), ShapeError);
  EXPECT_THROW(write_wav(path, at::zeros({5}, torch::kShort), 8000), ShapeError);
  EXPECT_THROW(write_wav(path, at::full({3}, NAN), 8000), DataError);
}

TEST(AudioFile, IsSilentIfItHardlyMoves) {
  EXPECT_TRUE(is_silent(at::zeros({100})));
  EXPECT_TRUE(is_silent(at::ones({100}) * 0.3));  // a dead microphone with an offset
  EXPECT_TRUE(is_silent(tone(440, 0.1, 8000, kSilentRange / 2.1)));
  EXPECT_FALSE(is_silent(tone(440, 0.1, 8000, kSilentRange)));
}

}  // namespace
}  // namespace recur::this_file
