// JPEG by libjpeg-turbo.
#include <array>
#include <cstdio>
#include <cstdlib>

#include <ATen/ops/empty.h>

#include <fmt/format.h>
// Each of these needs what stands above it.
// clang-format off
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include "core/error.h"
#include "datasets/image/formats.h"

namespace recur::codec {
namespace {

// A progressive file may refine its picture over and over; each pass costs as much as decoding it.  Encoders make ten.
constexpr int kMaxScans = 200;

struct Errors {
  jpeg_error_mgr manager;
  std::jmp_buf place;
  std::array<char, JMSG_LENGTH_MAX> message;
  bool truncated;
};

Errors& errors_of(j_common_ptr info) {
  return *reinterpret_cast<Errors*>(info->err);
}

[[noreturn]] void give_up(j_common_ptr info) {
  auto& errors = errors_of(info);
  info->err->format_message(info, errors.message.data());
  std::longjmp(errors.place, 1);
}

// libjpeg goes on after these with grey pixels or noise.  Its other warnings are about oddities that harm nothing.
void on_warning(j_common_ptr info, int level) {
  if (level >= 0) return;
  const auto code = info->err->msg_code;
  errors_of(info).truncated = code == JWRN_JPEG_EOF;
  for (const int damage : {JWRN_JPEG_EOF, JWRN_HIT_MARKER, JWRN_HUFF_BAD_CODE, JWRN_ARITH_BAD_CODE, JWRN_MUST_RESYNC}) {
    if (code == damage) give_up(info);
  }
}

void count_scans(j_common_ptr info) {
  if (!info->is_decompressor || reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMaxScans) return;
  std::snprintf(errors_of(info).message.data(), JMSG_LENGTH_MAX, "more than %d scans", kMaxScans);
  std::longjmp(errors_of(info).place, 1);
}

void catch_errors(jpeg_error_mgr*& slot, Errors& errors) {
  slot = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = give_up;
  errors.manager.emit_message = on_warning;
}

class JpegReader {
 public:
  explicit JpegReader(const std::string& name) : name_(name) {
    catch_errors(info_.err, errors_);
    progress_.progress_monitor = count_scans;
    run([&] { jpeg_create_decompress(&info_); });
    info_.progress = &progress_;
  }
  ~JpegReader() { jpeg_destroy_decompress(&info_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  /// Reads what stands before the pixels.  `bytes` must outlive the reader.
  ImageHeader header(std::string_view bytes) {
    run([&] {
      jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
      jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xFFFF);
      jpeg_read_header(&info_, TRUE);
    });
    return {.format = "JPEG", .width = info_.image_width, .height = info_.image_height};
  }

  /// Before pixels(), which ends with libjpeg forgetting what it has read.
  int orientation() const {
    constexpr std::string_view kExif("Exif\0\0", 6);
    for (const auto* marker = info_.marker_list; marker; marker = marker->next) {
      const std::string_view data(reinterpret_cast<const char*>(marker->data), marker->data_length);
      if (data.starts_with(kExif)) return exif_orientation(data.substr(kExif.size()));
    }
    return 1;
  }

  /// After header().
  torch::Tensor pixels() {
    const int64_t height = info_.image_height, width = info_.image_width;
    const auto pixels = at::empty({height, width, 3}, torch::kUInt8);
    const bool is_cmyk = info_.num_components == 4;
    if (!is_cmyk && info_.num_components != 1 && info_.num_components != 3) {
      throw DataError({name_},
                      fmt::format("a JPEG of {} channels; recur reads 1 (grey), 3 and 4 (CMYK)", info_.num_components));
    }
    const auto inks = at::empty({is_cmyk ? width : 0, 4}, torch::kUInt8);
    auto* row = pixels.data_ptr<uint8_t>();
    auto* ink_row = inks.data_ptr<uint8_t>();
    info_.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
    run([&] {
      jpeg_start_decompress(&info_);
      for (; info_.output_scanline < info_.output_height; row += 3 * info_.output_width) {
        JSAMPROW target = is_cmyk ? ink_row : row;
        jpeg_read_scanlines(&info_, &target, 1);
        if (is_cmyk) inks_to_rgb(ink_row, row);
      }
      jpeg_finish_decompress(&info_);
    });
    return pixels;
  }

 private:
  // Every program that writes CMYK into JPEG follows Adobe and writes 255 for no ink, so that what is stored is the
  // light that is left.
  void inks_to_rgb(const uint8_t* light, uint8_t* rgb) const {
    for (JDIMENSION x = 0; x < info_.output_width; ++x, light += 4, rgb += 3) {
      for (int c = 0; c < 3; ++c) {
        const int product = (255 - light[c]) * light[3] + 128;
        rgb[c] = static_cast<uint8_t>(light[3] - (((product >> 8) + product) >> 8));
      }
    }
  }

  template <class Body>
  void run(Body body) {
    if (completes(errors_.place, body)) return;
    const std::string reason = errors_.message.data();
    if (errors_.truncated) throw DataError({name_}, "truncated: the JPEG data end too early; copy or fetch it again");
    throw DataError({name_}, fmt::format("damaged JPEG: {}", reason));
  }

  std::string name_;
  Errors errors_{};
  jpeg_progress_mgr progress_{};
  jpeg_decompress_struct info_{};
};

}  // namespace

ImageHeader jpeg_header(std::string_view bytes, const std::string& name) {
  return JpegReader(name).header(bytes);
}

Stored decode_jpeg(std::string_view bytes, const std::string& name) {
  JpegReader reader(name);
  check_size(reader.header(bytes), name);
  const int orientation = reader.orientation();
  return {.pixels = reader.pixels(), .orientation = orientation};
}

}  // namespace recur::codec

namespace recur {

std::string encode_jpeg(const torch::Tensor& image, int quality) {
  const auto pixels = codec::checked_image(image, "encode_jpeg");
  codec::Errors errors{};
  jpeg_compress_struct info{};
  codec::catch_errors(info.err, errors);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;  // NOLINT(google-runtime-int): libjpeg's type
  const bool written = codec::completes(errors.place, [&] {
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &bytes, &size);
    info.image_width = static_cast<JDIMENSION>(pixels.size(1));
    info.image_height = static_cast<JDIMENSION>(pixels.size(0));
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    jpeg_start_compress(&info, TRUE);
    for (auto* row = pixels.data_ptr<uint8_t>(); info.next_scanline < info.image_height; row += 3 * info.image_width) {
      jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
  });
  jpeg_destroy_compress(&info);
  const std::unique_ptr<unsigned char, decltype(&std::free)> owner(bytes, std::free);
  if (!written) throw ShapeError(fmt::format("encode_jpeg: {}", errors.message.data()));
  return {reinterpret_cast<char*>(bytes), size};
}

}  // namespace recur
