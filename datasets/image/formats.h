// What the decoders of the single formats and image_file.cpp share.
#pragma once

#include <csetjmp>
#include <cstdint>
#include <string>
#include <string_view>

#include <torch/types.h>

#include "datasets/image/image_file.h"

namespace recur::codec {

/// A picture as the file stores it, and how it is to be turned.
struct Stored {
  torch::Tensor pixels;  ///< [H, W, 3] uint8
  int orientation = 1;   ///< EXIF's 1 to 8
};

ImageHeader jpeg_header(std::string_view bytes, const std::string& name);
Stored decode_jpeg(std::string_view bytes, const std::string& name);
ImageHeader png_header(std::string_view bytes, const std::string& name);
Stored decode_png(std::string_view bytes, const std::string& name);

/// The orientation in EXIF data (a TIFF structure), 1 to 8; 1 if there is none or the data make no sense.
int exif_orientation(std::string_view tiff);
/// The picture turned upright: EXIF's eight ways of holding a camera.
torch::Tensor turn_upright(const torch::Tensor& pixels, int orientation);

/// @throws DataError if the picture has too many pixels.
void check_size(const ImageHeader& header, const std::string& name);
/// The image as contiguous bytes.  @throws ShapeError naming `who` if it is not an image.
torch::Tensor checked_image(const torch::Tensor& image, const char* who);

/// Calls `body`, and returns false if it was left by a longjmp to `place`: how libjpeg and libpng report errors, since
/// a C++ exception must not pass through them.  Nothing that `body` makes may need a destructor.
template <class Body>
[[gnu::noinline]] bool completes(std::jmp_buf& place, Body body) {
  if (setjmp(place) != 0) return false;
  body();
  return true;
}

}  // namespace recur::codec
