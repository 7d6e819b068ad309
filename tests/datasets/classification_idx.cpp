#include <ATen/ops/tensor.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/catalog.h"
#include "datasets/classification/idx.h"
#include "datasets/classification/read_classification.h"
#include "tests/datasets/gzip_file.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::HasSubstr;
using namespace std::string_literals;

const std::string kBytes = "\0\0\x08\x02\0\0\0\x02\0\0\0\x03\x01\x02\x03\xFD\xFE\xFF"s;  // uint8 [2, 3]

std::string error_of(const std::string& bytes) {
  return message_of<DataError>([&] { parse_idx(bytes, "a.idx"); });
}

TEST(Idx, ReadsBytesRowByRow) {
  const auto tensor = parse_idx(kBytes, "a.idx");
  EXPECT_TRUE(tensor.equal(at::tensor({1, 2, 3, 253, 254, 255}, torch::kUInt8).view({2, 3})));
}

TEST(Idx, ReadsBigEndianNumbersOfEveryType) {
  const auto one = [](const std::string& head, const std::string& number) {
    return parse_idx("\0\0"s + head + "\x01\0\0\0\x01"s + number, "a.idx");
  };
  EXPECT_EQ(one("\x09", "\xFE").item<int8_t>(), -2);
  EXPECT_EQ(one("\x0B", "\xFF\x00"s).item<int16_t>(), -256);
  EXPECT_EQ(one("\x0C", "\x00\x01\x02\x03"s).item<int32_t>(), 66051);
  EXPECT_EQ(one("\x0D", "\x3F\xC0\x00\x00"s).item<float>(), 1.5f);
  EXPECT_EQ(one("\x0E", "\xC0\x04\x00\x00\x00\x00\x00\x00"s).item<double>(), -2.5);
}

TEST(Idx, NamesATruncatedFile) {
  EXPECT_EQ(error_of(kBytes.substr(0, 17)),
            "a.idx: truncated: [2, 3] numbers take 6 bytes behind the head, there are 5");
  EXPECT_EQ(error_of(kBytes + "x"),
            "a.idx: bytes behind the end: [2, 3] numbers take 6 bytes behind the head, there are 7");
  EXPECT_EQ(error_of(kBytes.substr(0, 9)), "a.idx: truncated within its head");
  EXPECT_EQ(error_of(""), "a.idx: not an idx file: 0 bytes, too short for its head");
  // Sizes whose product is beyond 64 bits are not believed.
  EXPECT_THAT(error_of("\0\0\x0E\x04"s + std::string(16, '\xFF')), HasSubstr("truncated: "));
}

TEST(Idx, NamesAnotherFormat) {
  EXPECT_EQ(error_of("\x89PNG\r\n"), "a.idx: not an idx file: it begins with 0x8950, expected two zero bytes");
  EXPECT_THAT(error_of("\0\0\x07\x01"s), HasSubstr("type 0x07, expected 0x08, 0x09 or 0x0B to 0x0E"));
  EXPECT_THAT(error_of("\0\0\x08\0"s), HasSubstr("0 dimensions, expected 1 to 4"));
}

TEST(Idx, ReadsAFileAndAPackedOne) {
  const TemporaryFolder folder;
  const auto plain = folder.write("a.idx", kBytes), packed = folder.path() / "a.idx.gz";
  write_gzip(packed, kBytes);
  EXPECT_TRUE(read_idx(plain).equal(read_idx(packed)));
  EXPECT_THROW(read_idx(folder.path() / "absent"), DataError);
}

TEST(Idx, FilesMustFitTogether) {
  const TemporaryFolder folder;
  const auto head = [](int dimensions) { return "\0\0\x08"s + static_cast<char>(dimensions); };
  const auto size = [](char n) { return "\0\0\0"s + n; };
  const auto images = folder.write("images", head(3) + size(8) + size(1) + size(2) + "0123456789abcdef").string();
  const auto labels = folder.write("labels", head(1) + size(8) + "\1\2\1\2\1\2\1\2"s).string();
  const auto few = folder.write("few", head(1) + size(2) + "\1\2"s).string();
  const auto read = [&](const std::string& inputs, const std::string& of) {
    return read_classification(
        {.format = "idx", .train = {inputs, of}, .validation_fraction = 0.25, .test_fraction = 0.25}, 1);
  };
  const auto data = read(images, labels);
  EXPECT_THAT(data.labels, testing::ElementsAre("1", "2"));
  EXPECT_EQ(data.train.inputs.sizes(), (std::vector<int64_t>{4, 1, 2}));
  EXPECT_EQ(data.train.inputs.scalar_type(), torch::kUInt8);
  EXPECT_THAT(message_of<DataError>([&] { read(images, few); }), HasSubstr("images: 8 examples, but 2 labels in "));
  EXPECT_THAT(message_of<DataError>([&] { read(labels, labels); }), HasSubstr("expected one image of bytes or more"));
  EXPECT_THAT(message_of<DataError>([&] { read(images, images); }), HasSubstr("expected labels: whole numbers [N]"));
}

TEST(Idx, ReadsMnist) {
  if (!is_there(find_data("mnist"), data_directory())) GTEST_SKIP() << "needs MNIST in the data directory (RECUR_DATA)";
  const auto data = read_classification({.format = "mnist"}, 1);
  EXPECT_THAT(data.labels, testing::ElementsAre("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"));
  EXPECT_EQ(data.train.size() + data.validation.size(), 60000);
  EXPECT_EQ(data.test.inputs.sizes(), (std::vector<int64_t>{10000, 28, 28}));
  EXPECT_EQ(data.test.labels[0].item<int64_t>(), 7);
  const auto all = data.train.inputs.sum(torch::kInt64) + data.validation.inputs.sum(torch::kInt64);
  EXPECT_NEAR(all.item<double>() / (60000 * 28 * 28) / 255, 0.1307, 1e-4);  // as everybody's normalisation has it
}

}  // namespace
}  // namespace recur::this_file
