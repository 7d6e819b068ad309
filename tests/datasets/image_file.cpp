// What must hold for any file: no bytes bring the decoders down, take memory they do not have, or pass for an image
// they are not.  tests/interop/image_files.cpp holds the pixels against Pillow's.
#include "datasets/image/image_file.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>

#include <gmock/gmock.h>
#include <png.h>
#include <sys/resource.h>
#include <zlib.h>

#include "core/error.h"
#include "temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

/// [12, 20, 3], no two neighbours alike.
torch::Tensor small_image() {
  return (at::arange(12 * 20 * 3) * 37 % 251).to(torch::kUInt8).view({12, 20, 3});
}

std::string number(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

std::string chunk(const std::string& kind, const std::string& data) {
  const auto body = kind + data;
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return number(static_cast<uint32_t>(data.size())) + body + number(static_cast<uint32_t>(sum));
}

/// `count` letters, compressed: a thousandth of their size.
std::string packed_letters(size_t count) {
  const std::string letters(count, 'a');
  std::string packed(compressBound(count), '\0');
  auto size = static_cast<uLongf>(packed.size());
  compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(letters.data()), count, 9);
  packed.resize(size);
  return packed;
}

int64_t most_memory_so_far() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} << 10;
}

/// Whether the bytes are an image; anything thrown but a DataError fails the test that asks.
bool decodes(const std::string& bytes) {
  try {
    decode_image(bytes, "file");
    return true;
  } catch (const DataError&) {
    return false;
  }
}

TEST(ImageFile, GivesBackWhatWasWrittenAsPng) {
  const auto image = small_image();
  EXPECT_TRUE(decode_image(encode_png(image), "file").equal(image));
  EXPECT_TRUE(decode_image(encode_png(image.transpose(0, 1)), "file").equal(image.transpose(0, 1)));
}

TEST(ImageFile, GivesBackNearlyWhatWasWrittenAsJpeg) {
  const auto image = at::arange(64 * 80 * 3).floor_divide(64 * 80 * 3 / 200).to(torch::kUInt8).view({64, 80, 3});
  const auto read = decode_image(encode_jpeg(image, 95), "file");
  EXPECT_LT((read.to(torch::kInt) - image.to(torch::kInt)).abs().max().item<int>(), 6);
  EXPECT_GT(encode_jpeg(image, 95).size(), encode_jpeg(image, 20).size());
}

TEST(ImageFile, EncodesNothingButImages) {
  EXPECT_THROW(encode_png(at::zeros({5, 5, 3})), ShapeError);
  EXPECT_THROW(encode_png(at::zeros({5, 5}, torch::kUInt8)), ShapeError);
  EXPECT_THROW(encode_jpeg(at::zeros({3, 5, 5}, torch::kUInt8), 75), ShapeError);
  EXPECT_THROW(encode_jpeg(at::zeros({0, 5, 3}, torch::kUInt8), 75), ShapeError);
  EXPECT_THAT(message_of<ShapeError>([] {
                encode_jpeg(at::zeros({70000, 1, 3}, torch::kUInt8), 75);
              }),
              HasSubstr("65500"));
}

TEST(ImageFile, IsReadFromItsFolderAndNamedInErrors) {
  const TemporaryFolder folder;
  const auto path = folder.write("a.jpg", encode_png(small_image()));  // what it is is in its bytes
  EXPECT_TRUE(read_image(path).equal(small_image()));
  const auto header = read_image_header(path);
  EXPECT_EQ(header.format, "PNG");
  EXPECT_EQ(header.width, 20);
  EXPECT_EQ(header.height, 12);
  EXPECT_THAT(message_of<DataError>([&] { read_image(folder.path() / "none.jpg"); }), HasSubstr("none.jpg"));
  const auto half = folder.write("half.jpg", encode_jpeg(small_image(), 75).substr(0, 700));
  EXPECT_THAT(message_of<DataError>([&] { read_image(half); }),
              AllOf(StartsWith(half.string()), HasSubstr("truncated")));
}

TEST(ImageFile, IsRefusedWhereverItIsCutOff) {
  for (const auto& bytes : {encode_png(small_image()), encode_jpeg(small_image(), 75)}) {
    ASSERT_TRUE(decodes(bytes));
    const size_t magic = bytes.starts_with("\x89PNG") ? 8 : 3;
    for (size_t size = 0; size < bytes.size(); ++size) {
      const auto message = message_of<DataError>([&] { decode_image(bytes.substr(0, size), "file"); });
      EXPECT_THAT(message, HasSubstr(size < magic ? "recur reads JPEG and PNG" : "truncated")) << size << " bytes";
    }
  }
}

TEST(ImageFile, IsDecodedOrRefusedWhateverByteIsChanged) {
  for (const auto& bytes : {encode_png(small_image()), encode_jpeg(small_image(), 75)}) {
    for (size_t place = 0; place < bytes.size(); ++place) {
      for (const int change : {0x01, 0x10, 0x80, 0xFF}) {
        auto changed = bytes;
        changed[place] = static_cast<char>(changed[place] ^ change);
        decodes(changed);
      }
    }
  }
}

TEST(ImageFile, IsRefusedForTooManyPixelsBeforeMemoryIsTaken) {
  const auto before = most_memory_so_far();
  auto png = encode_png(small_image());
  constexpr size_t kHeader = 8;
  png.replace(kHeader, 25, chunk("IHDR", number(60000) + number(60000) + std::string("\x08\x02\0\0\0", 5)));
  auto jpeg = encode_jpeg(small_image(), 75);
  jpeg.replace(jpeg.find("\xFF\xC0") + 5, 4, "\xEA\x60\xEA\x60");
  for (const auto& bytes : {png, jpeg}) {
    EXPECT_THAT(message_of<DataError>([&] { decode_image(bytes, "file"); }),
                AllOf(HasSubstr("60,000 x 60,000"), HasSubstr("100,000,000")));
  }
  EXPECT_LT(most_memory_so_far() - before, 50 << 20);
}

TEST(ImageFile, DoesNotUnpackTextsAndColourProfiles) {
  constexpr size_t kBehindHeader = 33;
  const auto large = packed_letters(300 << 20), small = packed_letters(7 << 20);
  const std::string profile("a\0\0", 3), text("a\0\1\0\0\0", 6);
  std::string many;
  for (int k = 0; k < 60; ++k) many += chunk("zTXt", profile + small);
  const auto before = most_memory_so_far();
  for (const auto& bomb :
       {chunk("zTXt", profile + large), chunk("iCCP", profile + large), chunk("iTXt", text + large), many}) {
    auto png = encode_png(small_image());
    png.insert(kBehindHeader, bomb);
    EXPECT_TRUE(decode_image(png, "file").equal(small_image()));
  }
  EXPECT_LT(most_memory_so_far() - before, 50 << 20);
}

}  // namespace
}  // namespace recur::this_file
