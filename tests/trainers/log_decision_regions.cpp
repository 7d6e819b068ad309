#include <ATen/ops/tensor.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "trainers/log/decision_regions.h"

namespace recur::this_file {
namespace {

using testing::HasSubstr;
using testing::Not;

int64_t count(const std::string& text, const std::string& part) {
  int64_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

DecisionRegions example() {
  return {.labels = {"a<b", "c"},
          .x_label = "x",
          .y_label = "y",
          .said = at::tensor({0, 0, 1, 1, 1, 1, 0, 1, 0}, torch::kInt64).view({3, 3}),
          .points = at::tensor({0.5, 0.5, 0.0, 1.0, 2.0, 0.5}).view({3, 2}),
          .truth = at::tensor({0, 1, 1}, torch::kInt64)};
}

TEST(DecisionRegions, JoinsNeighboursAndDrawsThePointsInside) {
  const auto svg = decision_regions_svg(example());
  EXPECT_EQ(count(svg, "class=\"band c0\""), 3);  // rows 001, 111, 010
  EXPECT_EQ(count(svg, "class=\"band c1\""), 3);
  EXPECT_EQ(count(svg, "r=\"2.2\""), 2) << "a point lies outside";
  EXPECT_THAT(svg, HasSubstr("<circle class=\"dot c0\" cx=\"268.0\" cy=\"264.0\""));
  EXPECT_THAT(svg, HasSubstr("<circle class=\"dot c1\" cx=\"48.0\" cy=\"44.0\"")) << "upwards is more";
  EXPECT_THAT(svg, HasSubstr("a&lt;b"));
  EXPECT_THAT(svg, HasSubstr("<style>"));
  EXPECT_THAT(decision_regions_svg(example(), false), Not(HasSubstr("<style>")));
}

TEST(DecisionRegions, NamesShapesThatDoNotFit) {
  auto regions = example();
  regions.truth = regions.truth.narrow(0, 0, 2);
  EXPECT_THROW(decision_regions_svg(regions), ShapeError);
}

}  // namespace
}  // namespace recur::this_file
