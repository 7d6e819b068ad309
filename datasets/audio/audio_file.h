// Sound files, by libsndfile: WAV (8 to 32 bit, float, A-law, mu-law, ADPCM), FLAC, Ogg (Vorbis, Opus), NIST SPHERE,
// AIFF, AU and the other formats it knows.
//
// What a file is stands in its bytes.  One whose name says something else is refused as mislabelled, since whoever
// named it so meant another file; only a SPHERE file may be called .wav, as TIMIT's are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <torch/types.h>

namespace recur {

struct Audio {
  torch::Tensor samples;  ///< [N] float32, mono; full scale is -1 to 1, which files of floats may exceed
  int64_t sample_rate = 0;

  double seconds() const;
};

struct AudioHeader {
  std::string format;  ///< "WAV", "FLAC", "OGG", "NIST SPHERE", ...
  int64_t frames = 0;  ///< samples of each channel
  int64_t sample_rate = 0;
  int64_t channels = 0;

  double seconds() const;
};

/// Without decoding the samples, where the header says how many there are; a file whose header is sound may still be
/// damaged behind it.
/// @throws DataError  naming the file and what is wrong: absent, empty, no sound file, mislabelled, of unknown
/// encoding,
///                    without samples, or truncated as far as that is known from its size.
AudioHeader read_audio_header(const std::filesystem::path& path);

/// The whole file, its channels mixed down by their mean.
/// @throws DataError  as read_audio_header() does, and for a file whose samples end before the header says, are damaged
///                    or not finite.
Audio read_audio(const std::filesystem::path& path);

/// Samples that differ by no more than this, three steps of 16 bits, are silence: 80 dB below full scale.
inline constexpr double kSilentRange = 1e-4;

/// Whether no two samples differ by more than kSilentRange: a dead microphone, even one with an offset.
bool is_silent(const torch::Tensor& samples);

/// A mono WAV of 16 bits; louder samples than it can hold are clipped.  The file is replaced whole (core/files.h).
/// `samples`: [N] floats, full scale -1 to 1.
/// @throws ShapeError for another shape, Error if it cannot be written, DataError for samples that are not finite.
void write_wav(const std::filesystem::path& path, const torch::Tensor& samples, int64_t sample_rate);

}  // namespace recur
