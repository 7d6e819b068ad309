#include "trainers/log/tensorboard.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <fmt/format.h>
#include <protozero/pbf_writer.hpp>
#include <unistd.h>

#include "core/error.h"

namespace recur {
namespace {

// Field numbers of tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto.
namespace event_field {
constexpr protozero::pbf_tag_type kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
}
namespace session_log {
constexpr protozero::pbf_tag_type kStatus = 1;
constexpr int32_t kStart = 1;
}  // namespace session_log
namespace summary_field {
constexpr protozero::pbf_tag_type kValue = 1;
}
namespace value_field {
constexpr protozero::pbf_tag_type kTag = 1, kSimpleValue = 2, kImage = 4;
}
namespace image_field {
constexpr protozero::pbf_tag_type kHeight = 1, kWidth = 2, kColourSpace = 3, kEncoded = 4;
}

constexpr std::array<uint32_t, 256> make_crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0x82F63B78u : 0u);  // Castagnoli, reflected
    table[byte] = crc;
  }
  return table;
}
constexpr auto kCrcTable = make_crc_table();

// TFRecord stores this in place of the CRC, as the CRC of data that hold CRCs would be weak.
uint32_t masked(uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

template <class Integer>
std::string little_endian(Integer value) {
  std::string bytes;
  for (size_t i = 0; i < sizeof(value); ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
  return bytes;
}

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// TensorBoard reads a folder's files in the order of their names.
std::string file_name() {
  static std::atomic<int> count{0};
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0 || host[0] == '\0') std::strcpy(host.data(), "localhost");
  return fmt::format("events.out.tfevents.{:010}.{}.{}.{}", static_cast<int64_t>(wall_time()), host.data(), ::getpid(),
                     count++);
}

std::string start_event(int64_t step) {
  std::string bytes;
  protozero::pbf_writer writer{bytes};
  writer.add_double(event_field::kWallTime, wall_time());
  writer.add_int64(event_field::kStep, step);
  return bytes;
}

// An event whose summary holds one value; `add_content` adds it beside the tag.
template <class F>
std::string value_event(std::string_view tag, int64_t step, F add_content) {
  std::string bytes = start_event(step);
  {
    // A nested message gets its length when its writer is destroyed.
    protozero::pbf_writer event_writer{bytes};
    protozero::pbf_writer summary_writer{event_writer, event_field::kSummary};
    protozero::pbf_writer value_writer{summary_writer, summary_field::kValue};
    value_writer.add_string(value_field::kTag, tag.data(), tag.size());
    add_content(value_writer);
  }
  return bytes;
}

int32_t big_endian(std::string_view bytes) {
  int32_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  uint32_t crc = ~0u;
  for (const char byte : bytes) crc = kCrcTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFF] ^ (crc >> 8);
  return ~crc;
}

std::string tfrecord(std::string_view payload) {
  const std::string length = little_endian(static_cast<uint64_t>(payload.size()));
  return length + little_endian(masked(crc32c(length))) + std::string(payload) + little_endian(masked(crc32c(payload)));
}

TensorBoardWriter::TensorBoardWriter(const std::filesystem::path& folder, std::optional<int64_t> resume_step)
    : path_(folder / file_name()) {
  std::error_code ignored;  // open() below reports what matters
  std::filesystem::create_directories(folder, ignored);
  out_.open(path_, std::ios::binary);
  std::string version = start_event(0);
  protozero::pbf_writer(version).add_string(event_field::kFileVersion, "brain.Event:2");
  write(version);
  if (resume_step) {
    // A session that starts at step S: TensorBoard drops what it has read of S and later.
    std::string bytes = start_event(*resume_step + 1);
    {
      protozero::pbf_writer event_writer{bytes};
      protozero::pbf_writer{event_writer, event_field::kSessionLog}.add_enum(session_log::kStatus, session_log::kStart);
    }
    write(bytes);
  }
  flush();
}

void TensorBoardWriter::scalar(std::string_view tag, int64_t step, double value) {
  write(value_event(tag, step, [&](protozero::pbf_writer& writer) {
    writer.add_float(value_field::kSimpleValue, static_cast<float>(value));
  }));
}

void TensorBoardWriter::image(std::string_view tag, int64_t step, std::string_view png) {
  // A PNG starts with 8 bytes of signature and the IHDR chunk: length, "IHDR", width, height, depth, colour type.
  constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
  if (png.size() < 26 || png.substr(0, 8) != kSignature || png.substr(12, 4) != "IHDR") {
    throw DataError(
        fmt::format("image '{}' for TensorBoard: expected the bytes of a PNG file, got {} others", tag, png.size()));
  }
  const bool has_colour = (png[25] & 2) != 0;
  const bool has_alpha = (png[25] & 4) != 0;
  write(value_event(tag, step, [&](protozero::pbf_writer& writer) {
    protozero::pbf_writer image_writer{writer, value_field::kImage};
    image_writer.add_int32(image_field::kHeight, big_endian(png.substr(20, 4)));
    image_writer.add_int32(image_field::kWidth, big_endian(png.substr(16, 4)));
    image_writer.add_int32(image_field::kColourSpace, (has_colour ? 3 : 1) + (has_alpha ? 1 : 0));
    image_writer.add_bytes(image_field::kEncoded, png.data(), png.size());
  }));
}

void TensorBoardWriter::flush() {
  out_.flush();
  if (!out_) throw Error(fmt::format("{}: cannot write: {}", path_.string(), std::strerror(errno)));
}

void TensorBoardWriter::write(std::string_view event) {
  out_ << tfrecord(event);
  if (!out_) throw Error(fmt::format("{}: cannot write: {}", path_.string(), std::strerror(errno)));
}

}  // namespace recur
