#include "trainers/log/tensorboard.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>

#include <ATen/ops/isfinite.h>

#include <fmt/format.h>
#include <unistd.h>

#include "core/error.h"
#include "trainers/log/tensorboard_event.h"

namespace recur {
namespace {

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

// TensorBoard reads a folder's files in the order of their names.
std::string file_name() {
  static std::atomic<int> count{0};
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0 || host[0] == '\0') std::strcpy(host.data(), "localhost");
  return fmt::format("events.out.tfevents.{:010}.{}.{}.{:04}", static_cast<int64_t>(std::time(nullptr)), host.data(),
                     ::getpid(), count++);
}

// What is indented by four blanks is code, whatever it holds.
std::string markdown_code(std::string_view text) {
  std::string markdown = "    ";
  for (const char c : text) markdown += c == '\n' ? "\n    " : std::string(1, c);
  return markdown;
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
  write(tensorboard::version_event());
  if (resume_step) write(tensorboard::session_event(*resume_step + 1));
  flush();
}

void TensorBoardWriter::scalar(std::string_view tag, int64_t step, double value) {
  write(tensorboard::scalar_event(tag, step, value));
}

void TensorBoardWriter::image(std::string_view tag, int64_t step, std::string_view png) {
  write(tensorboard::image_event(tag, step, png));
}

void TensorBoardWriter::histogram(std::string_view tag, int64_t step, const torch::Tensor& values) {
  const auto all = values.detach().to(torch::kDouble).flatten();
  const auto finite = all.masked_select(at::isfinite(all));
  if (finite.numel() > 0) write(tensorboard::histogram_event(tag, step, finite));
}

void TensorBoardWriter::text(std::string_view tag, int64_t step, std::string_view text) {
  write(tensorboard::text_event(tag, step, markdown_code(text)));
}

void TensorBoardWriter::hyper_parameters(const std::map<std::string, std::string>& values) {
  write(tensorboard::hyper_parameters_event(values));
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
