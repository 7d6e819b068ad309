#include <ATen/ops/ones.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "trainers/log/attention_picture.h"

namespace recur::this_file {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(AttentionPicture, ShadesEachFieldByItsWeightAndEscapesWords) {
  const auto weights = torch::tensor({{0.9, 0.1}, {0.25, 0.75}, {0.5, 0.5}});
  const auto svg = attention_svg({"<b>", "Hund"}, {"the", "dog & co", "(end)"}, weights);
  EXPECT_THAT(svg, HasSubstr("rgba(0,134,220,0.900)"));
  EXPECT_THAT(svg, HasSubstr("<title>0.750</title>"));
  EXPECT_THAT(svg, HasSubstr("&lt;b&gt;"));
  EXPECT_THAT(svg, HasSubstr("dog &amp; co"));
  EXPECT_THAT(svg, Not(HasSubstr("<b>")));
  size_t fields = 0;
  for (size_t at = 0; (at = svg.find("<rect", at)) != std::string::npos; ++at) ++fields;
  EXPECT_EQ(fields, 6U);
}

TEST(AttentionPicture, RefusesWeightsOfAnotherSize) {
  EXPECT_THROW(attention_svg({"a"}, {"b"}, at::ones({2, 1})), ShapeError);
}

}  // namespace
}  // namespace recur::this_file
