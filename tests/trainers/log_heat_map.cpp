// Heat maps: what is 0 is the page's own paper, what is far from it has its side's colour, and a step is a column.
#include <cmath>
#include <vector>

#include <ATen/ATen.h>

#include <cairo.h>
#include <gtest/gtest.h>

#include "trainers/log/heat_map.h"
#include "trainers/log/time_strips.h"

namespace recur::this_file {
namespace {

struct Pixel {
  int red, green, blue, opaque;
  bool operator==(const Pixel&) const = default;
};

/// The picture's pixels, row by row, as cairo reads them: colours multiplied by what is opaque.
std::vector<std::vector<Pixel>> decode(std::string png) {
  const auto read = [](void* rest, unsigned char* data, unsigned int length) {
    auto& bytes = *static_cast<std::string*>(rest);
    if (bytes.size() < length) return CAIRO_STATUS_READ_ERROR;
    std::copy_n(bytes.begin(), length, data);
    bytes.erase(0, length);
    return CAIRO_STATUS_SUCCESS;
  };
  auto* surface = cairo_image_surface_create_from_png_stream(read, &png);
  EXPECT_EQ(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
  std::vector<std::vector<Pixel>> rows(cairo_image_surface_get_height(surface));
  for (size_t r = 0; r < rows.size(); ++r) {
    const auto* data = cairo_image_surface_get_data(surface) + r * cairo_image_surface_get_stride(surface);
    for (int c = 0; c < cairo_image_surface_get_width(surface); ++c, data += 4) {
      rows[r].push_back({data[2], data[1], data[0], data[3]});
    }
  }
  cairo_surface_destroy(surface);
  return rows;
}

TEST(HeatMap, IsTransparentAtZeroAndColouredToEitherSide) {
  const auto rows =
      decode(heat_map_png(torch::tensor({{0.0, 1.0, -1.0}, {7.0, -0.5, std::nan("")}}), HeatColours::kSigned));
  const Pixel paper{0, 0, 0, 0}, orange{213, 94, 0, 255}, blue{0, 114, 178, 255};
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0], (std::vector<Pixel>{paper, orange, blue}));
  EXPECT_EQ(rows[1][0], orange) << "beyond the range";
  EXPECT_EQ(rows[1][1].opaque, 128);
  EXPECT_NEAR(rows[1][1].blue, 89, 1);
  EXPECT_EQ(rows[1][2], paper) << "not a number";
}

TEST(HeatMap, OfOpennessKnowsNothingBelowZero) {
  const auto rows = decode(heat_map_png(torch::tensor({{-1.0, 0.0, 1.0}}), HeatColours::kOpenness));
  EXPECT_EQ(rows[0][0].opaque, 0);
  EXPECT_EQ(rows[0][1].opaque, 0);
  EXPECT_EQ(rows[0][2], (Pixel{0, 158, 115, 255}));
}

size_t count(const std::string& text, const std::string& what) {
  size_t found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

TEST(TimeStrips, NameEachStepBelowEveryPicture) {
  TimeStrips strips({.steps = 3, .texts = {"<a>", " ", "\n"}});
  strips.add_map({.name = "Gate f", .look_for = "x < y"}, torch::rand({3, 2}), HeatColours::kOpenness);
  strips.add_lines({.name = "mean"}, {{"f", torch::rand({3})}, {"i", torch::rand({3})}});
  const auto html = strips.html();
  EXPECT_EQ(count(html, "class=\"ruler"), 2U);
  EXPECT_EQ(count(html, "<span>&lt;a&gt;</span><span>␣</span><span>⏎</span>"), 2U) << html;
  EXPECT_EQ(count(html, "class=\"line c"), 2U);
  EXPECT_NE(html.find("x &lt; y"), std::string::npos);
  EXPECT_EQ(count(html, "data:image/png;base64,"), 1U);
}

TEST(TimeStrips, NumberStepsThatHaveNoName) {
  TimeStrips strips({.steps = 200});
  strips.add_map({.name = "h"}, torch::rand({200, 2}), HeatColours::kSigned);
  const auto html = strips.html();
  EXPECT_NE(html.find("<span>1</span>"), std::string::npos);
  EXPECT_NE(html.find("<span>100</span>"), std::string::npos);
  EXPECT_LT(count(html, "<span></span>"), 200U);
  EXPECT_GT(count(html, "<span></span>"), 180U) << "only round numbers";
}

TEST(TimeStrips, LetStandAWholeScreenOfOneStep) {
  TimeStrips strips({.steps = 1});
  strips.add_map({.name = "h"}, torch::rand({1, 1}), HeatColours::kSigned);
  EXPECT_EQ(count(strips.html(), "<span>1</span>"), 1U);
}

}  // namespace
}  // namespace recur::this_file
