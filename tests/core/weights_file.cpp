// Files of weights: safetensors by its specification, state_dicts as Python's torch.save writes them, and both damaged.
// That Python's own writers and this reader agree on ResNets is tests/interop/vision_weights.cpp.
#include "core/weights_file.h"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>

#include <ATen/ops/arange.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>

#include <caffe2/serialize/inline_container.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "core/safetensors.h"

namespace recur::this_file {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Tensors = std::map<std::string, torch::Tensor>;

class WeightsFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("recur_weights_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    path_ = folder_ / "weights.bin";
  }
  void TearDown() override { fs::remove_all(folder_); }

  Tensors read(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
    return read_weights(path_);
  }
  /// The message with which `bytes` are refused; "" if they are read.  Another exception, or a crash, fails the test.
  std::string refusal(const std::string& bytes) {
    try {
      read(bytes);
    } catch (const CheckpointError& error) {
      EXPECT_THAT(error.what(), HasSubstr(path_.string() + ": "));
      return error.what();
    }
    return "";
  }

  fs::path folder_, path_;
};

/// A safetensors file with any header.
std::string safetensors(const std::string& header, const std::string& data = "") {
  const uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

/// A file of torch.save with any pickle and one storage of `count` floats, which are 0, 1, 2, ...
std::string torch_file(const std::string& pickle, int64_t count = 6) {
  std::string bytes;
  caffe2::serialize::PyTorchStreamWriter writer([&](const void* data, size_t size) {
    bytes.append(static_cast<const char*>(data), size);
    return size;
  });
  const auto values = at::arange(count, torch::kFloat32);
  writer.writeRecord("data.pkl", pickle.data(), pickle.size());
  writer.writeRecord("data/0", values.data_ptr(), values.nbytes());
  writer.writeEndOfFile();
  return bytes;
}

// Parts of pickles, protocol 2.
const std::string kProto = "\x80\x02", kOrderedDict = "ccollections\nOrderedDict\n)R", kStop = ".";
std::string text(const std::string& value) {
  const auto size = static_cast<uint32_t>(value.size());
  return "X" + std::string(reinterpret_cast<const char*>(&size), 4) + value;
}
std::string integer(int32_t value) {
  return "J" + std::string(reinterpret_cast<const char*>(&value), 4);
}
std::string tensor(int32_t offset, int32_t size, int32_t stride, int32_t storage_size = 6) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" + text("0") +
         text("cpu") + integer(storage_size) + "tQ" + integer(offset) + integer(size) + "\x85" + integer(stride) +
         "\x85\x89" + kOrderedDict + "tR";
}
std::string state_dict(const std::string& value) {
  return kProto + kOrderedDict + "(" + text("a") + value + "u" + kStop;
}

Safetensors sample() {
  return {.tensors = {{"f32", at::randn({2, 3})},
                      {"f16", at::randn({5}).to(torch::kFloat16)},
                      {"bf16", at::randn({3, 1}).to(torch::kBFloat16)},
                      {"f64", at::randn({}, torch::kFloat64)},
                      {"i64", at::arange(4)},
                      {"u8", at::arange(7, torch::kUInt8)},
                      {"bool", at::rand({9}).gt(0.5)},
                      {"c64", at::randn({2}, torch::kComplexFloat)},
                      {"empty", at::rand({0, 3})},
                      {"a \"name\" with \u00fc", at::randn({4, 4}).t()}},
          .metadata = {{"format", "pt"}, {"note", "\u00fc"}}};
}

TEST_F(WeightsFile, SafetensorsGivesBackWhatWasWritten) {
  const auto content = sample();
  write_safetensors(path_, content);
  const auto read = read_safetensors(path_);
  EXPECT_EQ(read.metadata, content.metadata);
  ASSERT_EQ(read.tensors.size(), content.tensors.size());
  for (const auto& [name, tensor] : content.tensors) {
    EXPECT_EQ(read.tensors.at(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(read.tensors.at(name).equal(tensor)) << name;
  }
  const auto bytes = read_file(path_);
  write_safetensors(path_, read);
  EXPECT_EQ(read_file(path_), bytes);
}

TEST_F(WeightsFile, SafetensorsWithoutTensorsIsRead) {
  write_safetensors(path_, {});
  EXPECT_TRUE(read_weights(path_).empty());
}

TEST_F(WeightsFile, SafetensorsRefusesToWriteWhatNobodyCouldRead) {
  EXPECT_THROW(write_safetensors(path_, {.tensors = {{"__metadata__", at::rand({1})}}}), Error);
  EXPECT_THROW(write_safetensors(path_, {.tensors = {{"\xff", at::rand({1})}}}), Error);
  EXPECT_THROW(write_safetensors(path_, {.tensors = {{"a", at::randn({2}, torch::kComplexDouble)}}}), Error);
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(WeightsFile, SafetensorsThatBreaksItsSpecificationIsRefusedWithTheReason) {
  const auto one = [](const std::string& type, const std::string& shape, const std::string& offsets) {
    return "{\"a\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}";
  };
  const std::string eight(8, 'x');
  EXPECT_EQ(refusal(safetensors(one("F32", "[2]", "[0,8]") + "  ", eight)), "");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {safetensors(one("F32", "[2]", "[0,8]"), "1234567"), "speaks of 8 bytes"},
      {safetensors(one("F32", "[2]", "[0,8]"), eight + "9"), "the file has 9"},
      {safetensors(one("F32", "[3]", "[0,8]"), eight), "has 12 bytes"},
      {safetensors(one("F32", "[2]", "[4,12]"), "1234" + eight), "begins at byte 4"},
      {safetensors(one("F32", "[2]", "[8,0]"), eight), "from 8 to 0"},
      {safetensors(one("F32", "[-2]", "[0,8]"), eight), "not dtype, shape"},
      {safetensors(one("F32", "[2]", "[0,8,8]"), eight), "not dtype, shape"},
      {safetensors(one("F32", "[2]", "\"0-8\""), eight), "not dtype, shape"},
      {safetensors(one("F32", "[4611686018427387904,4]", "[0,0]")), "impossible shape"},
      {safetensors(one("F32", "[0,9223372036854775807,4]", "[0,0]")), "impossible shape"},
      {safetensors(one("F4", "[2]", "[0,8]"), eight), "\"F4\""},
      {safetensors("{\"a\":1}"), "not dtype, shape"},
      {safetensors("{\"a\":{\"dtype\":\"F32\"},\"a\":{}}"), "twice"},
      {safetensors("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}"), "twice"},
      {safetensors("{\"__metadata__\":{\"n\":1}}"), "__metadata__"},
      {safetensors("{\"a\":{\"shape\":[[1]]}}"), "nested too deep"},
      {safetensors("{\"a\":" + std::string(100000, '[') + "}"), "nested too deep"},
      {safetensors("{\"a\":"), "not valid JSON"},
      {safetensors("{\"\xff\":{}}"), "not valid JSON"},
      {std::string("\xff\xff\xff\xff\xff\xff\xff\x7f{", 9), "100 MB at most"},
      {std::string("\x40\0\0\0\0\0\0\0{}", 10), "truncated"},
  };
  for (const auto& [bytes, reason] : cases) EXPECT_THAT(refusal(bytes), HasSubstr(reason)) << bytes.substr(8, 80);
}

TEST_F(WeightsFile, SafetensorsThatOverlapAreRefused) {
  const std::string entry = R"({"dtype":"U8","shape":[4],"data_offsets":)";
  const auto two = [&](const std::string& a, const std::string& b) {
    return safetensors("{\"a\":" + entry + a + "},\"b\":" + entry + b + "}}", "12345678");
  };
  EXPECT_EQ(refusal(two("[4,8]", "[0,4]")), "");
  EXPECT_THAT(refusal(two("[0,4]", "[2,6]")), HasSubstr("begins at byte 2"));
  EXPECT_THAT(refusal(two("[0,4]", "[0,4]")), HasSubstr("begins at byte 0"));
}

TEST_F(WeightsFile, PickledTensorsAreViewsOfTheirStorage) {
  const auto read_one = [this](const std::string& value) { return read(torch_file(state_dict(value))).at("a"); };
  EXPECT_TRUE(read_one(tensor(0, 6, 1)).equal(at::arange(6, torch::kFloat32)));
  EXPECT_TRUE(read_one(tensor(1, 3, 2)).equal(torch::tensor({1.F, 3.F, 5.F})));
  EXPECT_TRUE(read_one(tensor(2, 3, 0)).equal(torch::tensor({2.F, 2.F, 2.F})));
  EXPECT_EQ(read_one(tensor(0, 0, 1)).numel(), 0);
  EXPECT_TRUE(read_one("ctorch._utils\n_rebuild_parameter\n(" + tensor(0, 2, 1) + "\x88" + kOrderedDict + "tR")
                  .equal(torch::tensor({0.F, 1.F})));
}

TEST_F(WeightsFile, PickledTensorsBeyondTheirStorageAreRefused) {
  const std::vector<std::string> cases = {tensor(0, 7, 1),    tensor(1, 6, 1),         tensor(-1, 2, 1),
                                          tensor(0, 2, -1),   tensor(0, 4, 2),         tensor(5, 2, 1),
                                          tensor(0, 7, 1, 7), tensor(0, 1, 1, 1000),   tensor(0, 2000000000, 0),
                                          tensor(0, -3, 1),   tensor(0, 2, 2147483647)};
  for (const auto& value : cases) EXPECT_THAT(refusal(torch_file(state_dict(value))), HasSubstr("larger than its"));
}

TEST_F(WeightsFile, PickledCodeIsRefusedByNameAndNeverRun) {
  const auto marker = folder_ / "was_run";
  const auto system = "cposix\nsystem\n(" + text("touch '" + marker.string() + "'") + "tR";
  EXPECT_THAT(refusal(torch_file(kProto + system + kStop)), HasSubstr("posix.system"));
  EXPECT_THAT(refusal(torch_file(state_dict(system))), HasSubstr("posix.system"));
  EXPECT_THAT(refusal(torch_file(state_dict("cbuiltins\neval\n(" + text("1") + "tR"))), HasSubstr("builtins.eval"));
  EXPECT_THAT(refusal(torch_file(kProto + "cmodels.net\nNet\n)\x81}b.")), HasSubstr("models.net.Net"));
  EXPECT_THAT(refusal(torch_file(kProto + "cmodels.net\nNet\n}b.")), HasSubstr("models.net.Net"));
  EXPECT_FALSE(fs::exists(marker));
}

TEST_F(WeightsFile, PicklesWithoutAStateDictSayWhatTheyHold) {
  EXPECT_THAT(refusal(torch_file(kProto + tensor(0, 2, 1) + kStop)), HasSubstr("no dictionary"));
  EXPECT_THAT(refusal(torch_file(state_dict(integer(3)))), HasSubstr("\"a\" is no tensor"));
  EXPECT_THAT(refusal(torch_file(kProto + kOrderedDict + "K\x01K\x02s.")), HasSubstr("no text"));
  EXPECT_THAT(refusal(torch_file("")), HasSubstr("pickle is damaged"));
}

// A million tuples inside each other, a list that contains itself, and what ends in the middle.
TEST_F(WeightsFile, PicklesMadeToBreakReadersDoNot) {
  const std::string deep(1'000'000, '\x85');
  EXPECT_THAT(refusal(torch_file(kProto + ")" + deep + kStop)), HasSubstr("no dictionary"));
  EXPECT_THAT(refusal(torch_file(state_dict("]q\x01h\x01"
                                            "a"))),
              HasSubstr("no tensor"));
  for (const char* end :
       {"t", "u", "s", "R", "b", "Q", "h\x07", "\x81", "\x93", "X\xff\xff\xff\xff", "a", "c", "\x87"}) {
    EXPECT_THAT(refusal(torch_file(kProto + end)), HasSubstr("pickle is damaged"));
    EXPECT_THAT(refusal(torch_file(kProto + "}" + end)), HasSubstr("pickle is damaged"));
  }
}

TEST_F(WeightsFile, WhatIsNoWeightsFileIsNamed) {
  EXPECT_THAT(refusal(""), HasSubstr("neither safetensors nor"));
  EXPECT_THAT(refusal("a text\n"), HasSubstr("neither safetensors nor"));
  EXPECT_THAT(refusal("PK\x03\x04 and nothing else"), HasSubstr("no archive"));
  EXPECT_THROW(read_weights(folder_ / "absent"), CheckpointError);
  EXPECT_THROW(read_weights(folder_), CheckpointError);
}

/// Damages `bytes` in many ways.  Each is refused, or read as `expected` where `is_checked`.
void damage(const std::string& bytes, const std::function<std::string(const std::string&)>& refusal) {
  const auto step = std::max<size_t>(1, bytes.size() / 400);
  for (size_t size = 0; size < bytes.size(); size += step) EXPECT_NE(refusal(bytes.substr(0, size)), "") << size;
  EXPECT_NE(refusal(bytes.substr(0, bytes.size() - 1)), "");
  for (size_t i = 0; i < bytes.size(); i += std::max<size_t>(1, step / 2)) {
    for (const int mask : {0x01, 0x10, 0x80, 0xff}) {
      auto damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ mask);
      refusal(damaged);  // and no crash: a byte of a name or a number may be another
    }
  }
}

TEST_F(WeightsFile, DamagedSafetensorsAreRefusedOrRead) {
  write_safetensors(path_, sample());
  damage(read_file(path_), [this](const std::string& bytes) { return refusal(bytes); });
}

TEST_F(WeightsFile, DamagedTorchFilesAreRefusedOrRead) {
  damage(torch_file(state_dict(tensor(1, 3, 2))), [this](const std::string& bytes) { return refusal(bytes); });
}

// Without the archive around it, whose checksums would find the damage first.
TEST_F(WeightsFile, DamagedPicklesAreRefusedOrRead) {
  const auto pickle =
      state_dict("ctorch._utils\n_rebuild_parameter\n(" + tensor(0, 2, 1) + "\x88" + kOrderedDict + "tR");
  for (size_t i = 0; i < pickle.size(); ++i) {
    EXPECT_NE(refusal(torch_file(pickle.substr(0, i))), "") << i;
    for (const char byte : {'\0', '\x01', '(', 'R', 't', 'b', 'Q', 'u', '}', '.', '\x81', '\x7f', '\xff'}) {
      auto damaged = pickle;
      damaged[i] = byte;
      refusal(torch_file(damaged));
    }
  }
}

}  // namespace
}  // namespace recur::this_file
