#include "datasets/classification/idx.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include <ATen/ops/empty.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "datasets/archive_reader.h"

namespace recur {
namespace {

constexpr size_t kMagicBytes = 4;
constexpr size_t kSizeBytes = 4;  // of each dimension
constexpr int kMostDimensions = 4;

unsigned byte_at(std::string_view bytes, size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

torch::ScalarType type_of(unsigned code, const std::string& name) {
  switch (code) {
    case 0x08:
      return torch::kUInt8;
    case 0x09:
      return torch::kInt8;
    case 0x0B:
      return torch::kInt16;
    case 0x0C:
      return torch::kInt32;
    case 0x0D:
      return torch::kFloat32;
    case 0x0E:
      return torch::kFloat64;
    default:
      throw DataError({name}, fmt::format("not an idx file: type 0x{:02X}, expected 0x08, 0x09 or 0x0B to 0x0E", code));
  }
}

/// @throws DataError  unless there are as many bytes as the head says.
void check_length(std::string_view numbers, const std::vector<int64_t>& sizes, size_t width, const std::string& name) {
  uint64_t expected = width;
  for (const int64_t size : sizes) {
    if (__builtin_mul_overflow(expected, static_cast<uint64_t>(size), &expected)) expected = UINT64_MAX;
  }
  if (numbers.size() == expected) return;
  throw DataError({name}, fmt::format("{}: [{}] numbers take {} bytes behind the head, there are {}",
                                      numbers.size() < expected ? "truncated" : "bytes behind the end",
                                      fmt::join(sizes, ", "), expected, numbers.size()));
}

}  // namespace

torch::Tensor parse_idx(std::string_view bytes, const std::string& name) {
  if (bytes.size() < kMagicBytes) {
    throw DataError({name}, fmt::format("not an idx file: {} bytes, too short for its head", bytes.size()));
  }
  if (bytes[0] != 0 || bytes[1] != 0) {
    throw DataError({name}, fmt::format("not an idx file: it begins with 0x{:02X}{:02X}, expected two zero bytes",
                                        byte_at(bytes, 0), byte_at(bytes, 1)));
  }
  const auto type = type_of(byte_at(bytes, 2), name);
  const unsigned dimensions = byte_at(bytes, 3);
  if (dimensions < 1 || dimensions > kMostDimensions) {
    throw DataError({name}, fmt::format("{} dimensions, expected 1 to {}", dimensions, kMostDimensions));
  }
  const size_t head = kMagicBytes + kSizeBytes * dimensions;
  if (bytes.size() < head) throw DataError({name}, "truncated within its head");
  std::vector<int64_t> sizes;
  for (size_t at = kMagicBytes; at < head; at += kSizeBytes) {
    sizes.push_back(byte_at(bytes, at) << 24 | byte_at(bytes, at + 1) << 16 | byte_at(bytes, at + 2) << 8 |
                    byte_at(bytes, at + 3));
  }
  const auto numbers = bytes.substr(head);
  const size_t width = c10::elementSize(type);
  check_length(numbers, sizes, width, name);
  auto tensor = at::empty(sizes, type);
  auto* to = static_cast<char*>(tensor.mutable_data_ptr());
  if (!numbers.empty()) std::memcpy(to, numbers.data(), numbers.size());
  for (size_t at = 0; width > 1 && at < numbers.size(); at += width) std::reverse(to + at, to + at + width);
  return tensor;
}

torch::Tensor read_idx(const std::filesystem::path& path) {
  ArchiveReader reader(path, ArchiveReader::Content::kFile);
  reader.next();
  return parse_idx(reader.read_all(), path.string());
}

}  // namespace recur
