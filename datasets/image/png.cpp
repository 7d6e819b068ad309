// PNG by libpng.
#include <array>
#include <cstdio>
#include <cstring>

#include <ATen/ops/empty.h>

#include <fmt/format.h>
#include <png.h>

#include "core/error.h"
#include "datasets/image/formats.h"

namespace recur::codec {
namespace {

constexpr png_alloc_size_t kMaxChunk = 8 << 20;  // bytes a chunk may unpack to

struct Source {
  std::string_view left;
  std::jmp_buf place{};
  std::array<char, 200> message{};
  bool truncated = false;
};

void read_bytes(png_structp png, png_bytep target, size_t size) {
  auto& source = *static_cast<Source*>(png_get_io_ptr(png));
  if (size > source.left.size()) {
    source.truncated = true;
    png_error(png, "truncated");
  }
  std::memcpy(target, source.left.data(), size);
  source.left.remove_prefix(size);
}

[[noreturn]] void give_up(png_structp png, png_const_charp message) {
  auto& source = *static_cast<Source*>(png_get_error_ptr(png));
  std::snprintf(source.message.data(), source.message.size(), "%s", message);
  std::longjmp(source.place, 1);
}

class PngReader {
 public:
  PngReader(std::string_view bytes, const std::string& name) : name_(name), source_{.left = bytes} {
    png_ = png_create_read_struct(
        PNG_LIBPNG_VER_STRING, &source_, give_up, +[](png_structp, png_const_charp) {});
    info_ = png_ ? png_create_info_struct(png_) : nullptr;
    if (!info_) {
      png_destroy_read_struct(&png_, &info_, nullptr);
      throw Error("libpng: out of memory");
    }
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  /// Reads what stands before the pixels.
  ImageHeader header() {
    // Texts and colour profiles are compressed and may unpack to anything; nobody here reads them.
    static constexpr std::array<png_byte, 25> kUnread{'i', 'C', 'C', 'P', 0,   'i', 'T', 'X', 't', 0,   's', 'P', 'L',
                                                      'T', 0,   't', 'E', 'X', 't', 0,   'z', 'T', 'X', 't', 0};
    run([&] {
      png_set_read_fn(png_, &source_, read_bytes);
      png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // check_size() limits their product
      png_set_chunk_malloc_max(png_, kMaxChunk);
      png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, kUnread.data(), kUnread.size() / 5);
      png_read_info(png_, info_);
    });
    return {.format = "PNG", .width = png_get_image_width(png_, info_), .height = png_get_image_height(png_, info_)};
  }

  /// After header().
  torch::Tensor pixels() {
    const int64_t height = png_get_image_height(png_, info_), row_size = 3 * int64_t{png_get_image_width(png_, info_)};
    const auto pixels = at::empty({height, row_size / 3, 3}, torch::kUInt8);
    auto* data = pixels.data_ptr<uint8_t>();
    run([&] {
      png_set_strip_16(png_);
      png_set_palette_to_rgb(png_);
      png_set_expand_gray_1_2_4_to_8(png_);
      png_set_gray_to_rgb(png_);
      png_set_strip_alpha(png_);
      const int passes = png_set_interlace_handling(png_);
      png_read_update_info(png_, info_);
      if (png_get_rowbytes(png_, info_) != static_cast<size_t>(row_size)) png_error(png_, "a row of another size");
      for (int pass = 0; pass < passes; ++pass) {
        for (int64_t y = 0; y < height; ++y) png_read_row(png_, data + y * row_size, nullptr);
      }
      png_read_end(png_, info_);
    });
    return pixels;
  }

  /// After pixels(), because EXIF data may stand behind them.
  int orientation() {
    png_bytep exif = nullptr;
    png_uint_32 size = 0;
    if (png_get_eXIf_1(png_, info_, &size, &exif) == 0) return 1;
    return exif_orientation({reinterpret_cast<const char*>(exif), size});
  }

 private:
  template <class Body>
  void run(Body body) {
    if (completes(source_.place, body)) return;
    if (source_.truncated) throw DataError({name_}, "truncated: the PNG data end too early; copy or fetch it again");
    throw DataError({name_}, fmt::format("damaged PNG: {}", source_.message.data()));
  }

  std::string name_;
  Source source_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

}  // namespace

ImageHeader png_header(std::string_view bytes, const std::string& name) {
  return PngReader(bytes, name).header();
}

Stored decode_png(std::string_view bytes, const std::string& name) {
  PngReader reader(bytes, name);
  check_size(reader.header(), name);
  const auto pixels = reader.pixels();
  return {.pixels = pixels, .orientation = reader.orientation()};
}

}  // namespace recur::codec

namespace recur {

std::string encode_png(const torch::Tensor& image) {
  const auto pixels = codec::checked_image(image, "encode_png");
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.height = static_cast<png_uint_32>(pixels.size(0));
  header.width = static_cast<png_uint_32>(pixels.size(1));
  header.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header);
  std::string bytes(size, '\0');
  if (!png_image_write_to_memory(&header, bytes.data(), &size, 0, pixels.data_ptr(), 0, nullptr)) {
    throw ShapeError(fmt::format("encode_png: {}", header.message));
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace recur
