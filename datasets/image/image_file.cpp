#include "datasets/image/image_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/ranges.h>

#include "core/error.h"
#include "core/files.h"
#include "datasets/image/formats.h"
#include "datasets/with_commas.h"

namespace recur {
namespace {

enum class Format { kJpeg, kPng };

struct Magic {
  size_t at;
  std::string_view bytes;
  const char* name;
};

// What else is met under the name of an image: other formats, and what a failed download leaves.
constexpr std::array kOthers{
    Magic{0, "GIF8", "a GIF"},
    Magic{8, "WEBP", "a WebP"},
    Magic{4, "ftypavif", "an AVIF"},
    Magic{4, "ftyp", "a HEIC (or another file of the MP4 family)"},
    Magic{0, "BM", "a BMP"},
    Magic{0, {"II*\0", 4}, "a TIFF"},
    Magic{0, {"MM\0*", 4}, "a TIFF"},
    Magic{0, {"\0\0\0\x0CjP  ", 8}, "a JPEG 2000"},
    Magic{0, "\xFF\x0A", "a JPEG XL"},
    Magic{0, {"\0\0\0\x0CJXL ", 8}, "a JPEG XL"},
    Magic{0, "8BPS", "a Photoshop file"},
    Magic{0, "%PDF", "a PDF"},
    Magic{0, "PK\x03\x04", "a zip archive"},
    Magic{0, "\x1F\x8B", "a gzip file"},
    Magic{0, "version https://git-lfs", "a pointer of Git LFS, whose file was not fetched"},
    Magic{0, "<svg", "an SVG"},
    Magic{0, "<!DOCTYPE html", "a web page"},
    Magic{0, "<!doctype html", "a web page"},
    Magic{0, "<html", "a web page"},
};

std::string what_it_is(std::string_view bytes) {
  if (bytes.empty()) return "is empty";
  for (const auto& magic : kOthers) {
    if (bytes.size() >= magic.at && bytes.substr(magic.at).starts_with(magic.bytes)) {
      return fmt::format("is {}", magic.name);
    }
  }
  const bool is_text = std::ranges::all_of(
      bytes.substr(0, 512), [](char c) { return (' ' <= c && c <= '~') || c == '\n' || c == '\r' || c == '\t'; });
  return is_text ? "is text" : "is no image";
}

Format format_of(std::string_view bytes, const std::string& name) {
  if (bytes.starts_with("\xFF\xD8\xFF")) return Format::kJpeg;
  if (bytes.starts_with("\x89PNG\r\n\x1A\n")) return Format::kPng;
  throw DataError({name}, fmt::format("{}; recur reads JPEG and PNG", what_it_is(bytes)));
}

}  // namespace

namespace codec {

void check_size(const ImageHeader& header, const std::string& name) {
  if (header.width * header.height <= kMaxImagePixels) return;
  throw DataError({name},
                  fmt::format("{} of {} x {} pixels; recur reads up to {}", header.format, with_commas(header.width),
                              with_commas(header.height), with_commas(kMaxImagePixels)));
}

torch::Tensor checked_image(const torch::Tensor& image, const char* who) {
  if (image.dim() != 3 || image.size(2) != 3 || image.numel() == 0 || image.scalar_type() != torch::kUInt8) {
    throw ShapeError(fmt::format("{}: expected an image, uint8 [H, W, 3]; got {} [{}]", who,
                                 c10::toString(image.scalar_type()), fmt::join(image.sizes(), ", ")));
  }
  return image.cpu().contiguous();
}

}  // namespace codec

torch::Tensor decode_image(std::string_view bytes, const std::string& name) {
  const auto decode = format_of(bytes, name) == Format::kJpeg ? codec::decode_jpeg : codec::decode_png;
  const auto [pixels, orientation] = decode(bytes, name);
  return codec::turn_upright(pixels, orientation);
}

torch::Tensor read_image(const std::filesystem::path& path) {
  return decode_image(read_file(path), path.string());
}

ImageHeader read_image_header(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  const bool is_jpeg = format_of(bytes, path.string()) == Format::kJpeg;
  auto header = is_jpeg ? codec::jpeg_header(bytes, path.string()) : codec::png_header(bytes, path.string());
  codec::check_size(header, path.string());
  return header;
}

}  // namespace recur
