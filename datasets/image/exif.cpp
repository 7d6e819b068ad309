// How a camera was held: the one EXIF tag that changes the picture.
#include <cstdint>

#include "datasets/image/formats.h"

namespace recur::codec {
namespace {

/// Numbers in the byte order that the data name; 0 behind their end.
struct Tiff {
  std::string_view bytes;
  bool big_endian;

  uint32_t number(size_t at, int size) const {
    uint32_t value = 0;
    for (int k = 0; k < size; ++k) {
      const size_t place = at + static_cast<size_t>(big_endian ? k : size - 1 - k);
      value = value << 8 | (place < bytes.size() ? static_cast<uint8_t>(bytes[place]) : 0);
    }
    return value;
  }
};

}  // namespace

int exif_orientation(std::string_view bytes) {
  constexpr uint32_t kOrientation = 0x0112, kByte = 1, kShort = 3, kLong = 4;
  if (!bytes.starts_with("II") && !bytes.starts_with("MM")) return 1;
  const Tiff tiff{bytes, bytes[0] == 'M'};
  if (tiff.number(2, 2) != 42) return 1;
  const size_t directory = tiff.number(4, 4);
  const auto entries = tiff.number(directory, 2);
  for (uint32_t entry = 0; entry < entries; ++entry) {
    const size_t at = directory + 2 + 12 * size_t{entry};
    if (at + 12 > bytes.size()) break;
    if (tiff.number(at, 2) != kOrientation) continue;
    const auto type = tiff.number(at + 2, 2);
    const int size = type == kByte ? 1 : type == kShort ? 2 : type == kLong ? 4 : 0;
    const auto value = tiff.number(at + 8, size);
    return 1 <= value && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

torch::Tensor turn_upright(const torch::Tensor& pixels, int orientation) {
  constexpr int64_t kDown = 0, kAcross = 1;
  switch (orientation) {
    case 2:
      return pixels.flip(kAcross);
    case 3:
      return pixels.flip({kDown, kAcross});
    case 4:
      return pixels.flip(kDown);
    case 5:
      return pixels.transpose(kDown, kAcross).contiguous();
    case 6:
      return pixels.transpose(kDown, kAcross).flip(kAcross).contiguous();
    case 7:
      return pixels.transpose(kDown, kAcross).flip({kDown, kAcross}).contiguous();
    case 8:
      return pixels.transpose(kDown, kAcross).flip(kDown).contiguous();
    default:
      return pixels;
  }
}

}  // namespace recur::codec
