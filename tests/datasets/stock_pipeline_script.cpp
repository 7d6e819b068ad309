// The TorchScript source that a pipeline prints computes what the pipeline computes.
#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>

#include <gtest/gtest.h>

#include "datasets/stock/pipeline.h"
#include "stock_tables.h"

namespace recur::this_file {
namespace {

torch::jit::Module compile(const StockPipeline& pipeline) {
  torch::jit::Module module("pipeline");
  module.define(pipeline.torchscript());
  return module;
}

void expect_same(const torch::Tensor& got, const torch::Tensor& expected) {
  EXPECT_EQ(got.scalar_type(), at::kDouble);
  ASSERT_EQ(got.sizes(), expected.sizes());
  EXPECT_TRUE(at::allclose(got, expected, 1e-12, 1e-12)) << (got - expected).abs().max();
}

TEST(StockPipelineScript, ComputesTheSameFeatures) {
  const PriceTable table = wandering_table(150);
  const std::vector<std::vector<std::string>> lists = {{"close"},
                                                       {"day_of_week", "month"},
                                                       {"return:close"},
                                                       {"close", "log:volume", "return:close", "return:volume",
                                                        "relative:high", "day_of_week", "month", "day_of_month"}};
  for (const auto& features : lists) {
    const auto pipeline = StockPipeline::fit({table}, {.features = features});
    const torch::Tensor raw = pipeline.raw_rows(table);
    auto module = compile(pipeline);
    for (const int64_t rows : {2, 61, 150}) {
      const torch::Tensor part = raw.narrow(0, 0, rows);
      expect_same(module.get_method("features")({part}).toTensor(), pipeline.features(part));
    }
    EXPECT_ANY_THROW(module.get_method("features")({at::ones({5, 9})}));
  }
}

TEST(StockPipelineScript, DecodesTheSamePrices) {
  const PriceTable table = wandering_table(150);
  const torch::Tensor y = at::randn({4, 3}), last = at::rand({4}, at::kDouble) * 50 + 50;
  for (const char* target : {"close", "residual", "return"}) {
    const auto pipeline = StockPipeline::fit({table}, {.horizon = 3, .target = target});
    auto module = compile(pipeline);
    expect_same(module.get_method("decode")({y, last}).toTensor(), pipeline.decode_target(y, last));
    // One window, as predict() has it: y [horizon] and a single price.
    expect_same(module.get_method("decode")({y[0], last[0]}).toTensor(), pipeline.decode_target(y[0], last[0]));
  }
}

TEST(StockPipelineScript, PrintsNumbersThatReadBackExactly) {
  // Whole numbers, negative, tiny and huge ones all have to be floats to TorchScript.
  for (const double factor : {1.0, 1e-9, 1e12}) {
    const torch::Tensor column = at::arange(-50, 50, at::kDouble) * factor;
    const PriceTable table = make_table({{"close", at::full({100}, 2.0)}, {"other", column}});
    const auto pipeline = StockPipeline::fit({table}, {.features = {"close", "other"}, .target = "close"});
    const torch::Tensor raw = pipeline.raw_rows(table);
    const torch::Tensor got = compile(pipeline).get_method("features")({raw}).toTensor();
    EXPECT_TRUE(at::equal(got, pipeline.features(raw))) << pipeline.torchscript();
  }
}

TEST(StockPipelineScript, AColumnsNameCannotBecomeCode) {
  const PriceTable table = make_table({{"close", at::arange(1, 101)}, {"x\n    oops(", at::arange(100)}});
  const auto pipeline = StockPipeline::fit({table}, {.features = {"close", "x\n    oops("}});
  EXPECT_NO_THROW(compile(pipeline));
}

}  // namespace
}  // namespace recur::this_file
