// An export that does not do what its model does is not written.
#include <cmath>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "tests/trainers/log_folder.h"
#include "trainers/export.h"

namespace recur::this_file {
namespace {

TorchScriptExport make_export(double difference) {
  torch::jit::Module module("Doubles");
  module.define("def forward(self, x: Tensor) -> Tensor:\n    return 2 * x\n");
  TorchScriptExport made{.module = module, .extra_files = {}, .check = {}};
  const auto x = torch::tensor({1.0, 1000.0}, torch::kFloat64);
  made.check.compare(made.module.forward({x}).toTensor(), 2 * x * (1 + difference));
  return made;
}

class ExportCheckTest : public testing::Test {
 protected:
  LogFolder folder_;
  std::filesystem::path path_ = folder_.path() / "model.pt";
};

TEST_F(ExportCheckTest, WritesWhatAgrees) {
  write_torchscript(make_export(1e-7), path_);
  EXPECT_GT(std::filesystem::file_size(path_), 100u);
}

TEST_F(ExportCheckTest, RefusesWhatDiffersAndKeepsTheOlderFile) {
  write_file_atomically(path_, "older");
  EXPECT_THROW(write_torchscript(make_export(1e-4), path_), Error);
  EXPECT_EQ(read_file(path_), "older");
}

TEST_F(ExportCheckTest, RefusesWhenNothingWasCompared) {
  auto made = make_export(0);
  made.check = {};
  EXPECT_THROW(write_torchscript(made, path_), Error);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ExportCheckTest, ANotANumberOnOneSideIsADifference) {
  auto made = make_export(0);
  made.check.compare(torch::tensor({NAN}), torch::tensor({1.0f}));
  EXPECT_THROW(write_torchscript(made, path_), Error);
  EXPECT_THROW(made.check.compare(torch::zeros({2}), torch::zeros({3})), ShapeError);
}

}  // namespace
}  // namespace recur::this_file
