// Image files: JPEG and PNG from bytes to pixels and back.
//
// An image is a tensor of bytes [H, W, 3], RGB, contiguous, on the CPU.  What a file holds becomes that by Pillow's
// rules (Image.open, ImageOps.exif_transpose, convert("RGB")): the picture is turned upright as its EXIF data say, grey
// becomes three equal channels, palettes are looked up, CMYK is converted without a colour profile, alpha is dropped
// (not blended), and of an animated PNG the first frame is taken.  16 bits a channel are cut to their upper 8, for grey
// too, where Pillow would clip.  Colour profiles and gamma are not applied.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <torch/types.h>

namespace recur {

/// The most pixels that a file may have.  Whether it does is known from its first bytes, before memory is taken.
inline constexpr int64_t kMaxImagePixels = 100'000'000;

struct ImageHeader {
  std::string format;  ///< "JPEG" or "PNG"
  int64_t width = 0;   ///< as stored; a picture that is turned by its EXIF data comes out with the two exchanged
  int64_t height = 0;
};

/// The image in a file's bytes.  Errors call it `name`.
/// @throws DataError naming the file and what is wrong: truncated, damaged, too large, another format, empty.
torch::Tensor decode_image(std::string_view bytes, const std::string& name);

/// @throws DataError also if the file is absent or cannot be read.
torch::Tensor read_image(const std::filesystem::path& path);

/// Format and size, without decoding the pixels; a file whose header is sound may still be damaged behind it.
/// @throws DataError as read_image() does.
ImageHeader read_image_header(const std::filesystem::path& path);

/// The bytes of a PNG file.  @throws ShapeError if it is not an image.
std::string encode_png(const torch::Tensor& image);

/// The bytes of a baseline JPEG file, its chroma at half the resolution.  `quality` is 1 to 100.
/// @throws ShapeError if it is not an image, or has a side above 65,500.
std::string encode_jpeg(const torch::Tensor& image, int quality);

}  // namespace recur
