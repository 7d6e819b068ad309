#include "core/device.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace recur::this_file {
namespace {

std::string error_of(const std::string& text) {
  try {
    parse_device(text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Device, KnowsItsWords) {
  EXPECT_EQ(parse_device("cpu"), torch::Device(torch::kCPU));
  EXPECT_NO_THROW(parse_device("auto"));
}

TEST(Device, RefusesOtherWords) {
  for (const std::string text : {"", "gpu", "CPU", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda:1234", "cpu:0"}) {
    EXPECT_EQ(error_of(text), "device: expected auto, cpu, cuda or cuda:N, got \"" + text + "\"");
  }
}

TEST(Device, RefusesACudaDeviceThatIsNotThere) {
  EXPECT_NE(error_of("cuda:99").find("device: \"cuda:99\" was asked for, but this LibTorch sees "), std::string::npos)
      << error_of("cuda:99");
}

}  // namespace
}  // namespace recur::this_file
