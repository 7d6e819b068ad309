// A spectrogram with what was heard in it, at its place.
#pragma once

#include <string>
#include <vector>

#include <torch/types.h>

namespace recur {

/// A letter or word that was heard from `begin` to `end`, in seconds.
struct SpokenMark {
  std::string text;
  double begin = 0, end = 0;
};

/// A PNG file's bytes, 1080 pixels wide: time runs to the right, low sounds lie below, the louder the brighter; under
/// it seconds and the marks, each in the middle of its time (of marks that would overlap the later one stands a line
/// lower), below all that the text.
/// @param log_mels     [T, M], any scale: the quietest and the loudest hundredth become black and white
/// @param hop_seconds  from frame to frame
/// @param marks        what was said, and when, in seconds
/// @param text         for the last line
/// @throws ShapeError; Error if this machine has no font.
std::string spectrogram_png(const torch::Tensor& log_mels, double hop_seconds, const std::vector<SpokenMark>& marks,
                            const std::string& text);

}  // namespace recur
