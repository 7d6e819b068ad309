// The pictures are read back with cairo and looked at pixel by pixel.
#include "trainers/log/caption_picture.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <ATen/ATen.h>

#include <cairo.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "tests/trainers/log_folder.h"
#include "trainers/log/canvas.h"

namespace recur::this_file {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Colour kWhite{1, 1, 1};

/// A PNG file's pixels, uint8 [H, W, 3].
torch::Tensor pixels_of(std::string png) {
  const auto read = [](void* rest, unsigned char* data, unsigned int length) {
    auto& bytes = *static_cast<std::string*>(rest);
    if (bytes.size() < length) return CAIRO_STATUS_READ_ERROR;
    std::memcpy(data, bytes.data(), length);
    bytes.erase(0, length);
    return CAIRO_STATUS_SUCCESS;
  };
  cairo_surface_t* surface = cairo_image_surface_create_from_png_stream(read, &png);
  EXPECT_EQ(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
  const int64_t height = cairo_image_surface_get_height(surface), width = cairo_image_surface_get_width(surface);
  const torch::Tensor pixels =
      at::from_blob(cairo_image_surface_get_data(surface), {height, width, 4}, at::kByte).narrow(2, 0, 3).flip(2);
  cairo_surface_destroy(surface);
  return pixels;
}

/// Red, as wide as high: drawn 300 pixels wide at (32, 32), and for the first word 190 wide at (32, 390).
torch::Tensor red_square() {
  return at::tensor({200, 20, 20}, at::kByte).expand({64, 64, 3}).contiguous();
}

torch::Tensor picture(const torch::Tensor& image, const std::vector<std::string>& words, const torch::Tensor& attention,
                      const std::string& caption) {
  return pixels_of(caption_picture_png(image, words, attention, caption));
}

torch::Tensor first_cell(const torch::Tensor& picture) {
  return picture.narrow(0, 390, 190).narrow(1, 32, 190).to(at::kFloat);
}

/// The mean colour's distance from grey.
double colourfulness(const torch::Tensor& pixels) {
  const torch::Tensor mean = pixels.to(at::kFloat).mean(at::IntArrayRef{0, 1});
  return (mean.max() - mean.min()).item<double>();
}

double brightness(const torch::Tensor& pixels) {
  return pixels.to(at::kFloat).mean().item<double>();
}

bool is_blank(const torch::Tensor& pixels) {
  return pixels.eq(255).all().item<bool>();
}

TEST(Canvas, KeepsPixelsAsTheyAre) {
  const torch::Tensor image = at::arange(5 * 7 * 3).mul(11).remainder(256).to(at::kByte).view({5, 7, 3});
  Canvas canvas(10, 9, kWhite);
  canvas.image(2, 3, image);
  const torch::Tensor pixels = pixels_of(canvas.png());
  EXPECT_THAT(pixels.sizes(), ElementsAre(9, 10, 3));
  EXPECT_TRUE(pixels.narrow(0, 3, 5).narrow(1, 2, 7).equal(image));
  EXPECT_TRUE(is_blank(pixels.narrow(0, 0, 3)));
}

TEST(Canvas, BreaksLinesAtBlanksAndLongWordsAnywhere) {
  const Canvas canvas(1, 1, kWhite);
  const FontStyle style{.size = 20};
  const double width = canvas.text_width("two words", style) + 1;
  EXPECT_THAT(canvas.wrap(" two  words and", style, width), ElementsAre("two words", "and"));
  EXPECT_THAT(canvas.wrap("", style, width), IsEmpty());
  EXPECT_THAT(canvas.wrap("äöü", style, 1), ElementsAre("ä", "ö", "ü")) << "at least a character a line";
  std::string all;
  for (const std::string& line : canvas.wrap("a überlangeswortohneendeundanfang b", style, width)) {
    EXPECT_LE(canvas.text_width(line, style), width) << line;
    all += line;
  }
  EXPECT_EQ(all, "aüberlangeswortohneendeundanfang b");
}

TEST(Canvas, WhatIsTooLargeForCairoIsAnError) {
  EXPECT_THROW(Canvas(100, 40000, kWhite), Error);
  EXPECT_THROW(Canvas(-1, 5, kWhite), Error);
}

TEST(Canvas, ImagesKeepTheirProportions) {
  const auto size = [](int64_t height, int64_t width) {
    const ImageSize fitted = fitted_size(at::zeros({height, width, 3}, at::kByte), {.height = 100, .width = 200});
    return std::pair(fitted.height, fitted.width);
  };
  EXPECT_EQ(size(50, 50), std::pair(int64_t{100}, int64_t{100}));
  EXPECT_EQ(size(300, 900), std::pair(int64_t{67}, int64_t{200}));
  EXPECT_EQ(size(1, 5000), std::pair(int64_t{1}, int64_t{200}));
  EXPECT_TRUE(resize_image(red_square(), {7, 13}).equal(red_square().narrow(0, 0, 7).narrow(1, 0, 13)));
}

TEST(CaptionPicture, AWordIsBrightAndInColourWhereItLooked) {
  torch::Tensor attention = at::zeros({2, 2, 2});
  attention[0][0][1] = 0.3;  // the first word looks to the upper right, the second nowhere
  const torch::Tensor found = picture(red_square(), {"red", "square"}, attention, "red square");
  const torch::Tensor cell = first_cell(found);
  const torch::Tensor right = cell.narrow(0, 0, 60).narrow(1, 130, 60), left = cell.narrow(0, 130, 60).narrow(1, 0, 60);
  EXPECT_GT(colourfulness(right), 80);
  EXPECT_LT(colourfulness(left), 5);
  EXPECT_GT(brightness(right), brightness(left) + 40);
  const torch::Tensor second = found.narrow(0, 390, 190).narrow(1, 32 + 190 + 16, 190);
  EXPECT_LT(colourfulness(second), 1) << "no attention anywhere";
}

TEST(CaptionPicture, EvenAttentionDarkensNothing) {
  const torch::Tensor cell = first_cell(picture(red_square(), {"red"}, at::full({1, 7, 7}, 1.0 / 49), "red"));
  EXPECT_GT(colourfulness(cell), 100);
  EXPECT_TRUE(cell.eq(cell[0][0]).all().item<bool>());
}

TEST(CaptionPicture, OnlyProportionsOfAttentionCount) {
  const torch::Tensor attention = at::sin(at::arange(2 * 5 * 4, at::kFloat)).square().view({2, 5, 4});
  const auto png = [&](double scale) {
    return caption_picture_png(red_square(), {"a", "b"}, scale * attention, "a b");
  };
  EXPECT_EQ(png(1), png(8));
  torch::Tensor broken = attention.clone();
  broken[0] = NAN;
  EXPECT_LT(colourfulness(first_cell(picture(red_square(), {"a", "b"}, broken, "a b"))), 1);
}

TEST(CaptionPicture, TheImageStandsAboveAndTheCaptionBesideIt) {
  const torch::Tensor found = picture(red_square(), {}, {}, "a red square");
  EXPECT_THAT(found.sizes(), ElementsAre(300 + 2 * 32, 1080, 3));
  EXPECT_TRUE(found.narrow(0, 32, 300).narrow(1, 32, 300).eq(red_square()[0][0]).all().item<bool>());
  EXPECT_FALSE(is_blank(found.narrow(0, 150, 64).narrow(1, 364, 684)));
  EXPECT_TRUE(is_blank(picture(red_square(), {}, {}, "").narrow(1, 333, 1080 - 333))) << "no caption, no text";
}

TEST(CaptionPicture, ALongCaptionMakesItHigherAndStaysInside) {
  std::string caption;
  for (int i = 0; i < 120; ++i) caption += "words and Überwörter ";
  const torch::Tensor found = picture(red_square(), {}, {}, caption);
  EXPECT_GT(found.size(0), 600);
  EXPECT_TRUE(is_blank(found.narrow(1, 1080 - 32, 32)));
  EXPECT_TRUE(is_blank(found.narrow(0, 0, 20)));
  EXPECT_TRUE(is_blank(found.narrow(0, found.size(0) - 20, 20)));
}

TEST(CaptionPicture, EachWordHasItsPlaceAndItsName) {
  for (const int64_t count : {1, 5, 6, 30}) {
    const std::vector<std::string> words(static_cast<size_t>(count), "word");
    const torch::Tensor found = picture(red_square(), words, at::ones({count, 3, 3}), "words");
    const int64_t rows = (count + 4) / 5;
    EXPECT_EQ(found.size(0), 364 + rows * (26 + 190) + (rows - 1) * 16 + 32) << count;
    for (int64_t i = 0; i < 5; ++i) {
      const torch::Tensor last_row = found.narrow(0, found.size(0) - 32 - 216, 216).narrow(1, 32 + i * 206, 190);
      EXPECT_EQ(is_blank(last_row), i > (count - 1) % 5) << count << " words, column " << i;
      EXPECT_EQ(is_blank(last_row.narrow(0, 0, 26)), i > (count - 1) % 5) << "its name";
    }
  }
}

TEST(CaptionPicture, LettersAreDrawnAsTheyAre) {
  const auto name = [](const std::string& word) {
    return picture(red_square(), {word}, at::ones({1, 1, 1}), "").narrow(0, 364, 26).narrow(1, 32, 190);
  };
  EXPECT_FALSE(name("cafe").equal(name("café")));
  EXPECT_FALSE(name("Größe").equal(name("Grosse")));
  EXPECT_TRUE(name("a\tb").equal(name("a?b"))) << "control characters";
  EXPECT_TRUE(name("a\xff").equal(name("a?"))) << "no UTF-8";
  EXPECT_TRUE(is_blank(name("")));
}

TEST(CaptionPicture, AWordThatIsTooWideIsCut) {
  const std::vector<std::string> words = {std::string(200, 'W'), "x"};
  const torch::Tensor found = picture(red_square(), words, at::ones({2, 1, 1}), "");
  EXPECT_TRUE(is_blank(found.narrow(0, 364, 26).narrow(1, 32 + 190 + 1, 14))) << "the gap between two words";
}

TEST(CaptionPicture, TallAndWideImagesAreShownWhole) {
  const torch::Tensor red = red_square();
  const torch::Tensor wide = picture(red.narrow(0, 0, 8), {"a"}, at::ones({1, 2, 2}), "wide");
  const torch::Tensor tall = picture(red.narrow(1, 0, 4), {"a"}, at::ones({1, 2, 2}), "tall");
  EXPECT_LT(wide.size(0), 300);
  EXPECT_EQ(tall.size(0), 364 + 26 + 220 + 32);
  EXPECT_TRUE(wide.narrow(0, 32, 52).narrow(1, 32, 420).eq(red[0][0]).all().item<bool>());
  EXPECT_TRUE(tall.narrow(0, 32, 300).narrow(1, 32, 19).eq(red[0][0]).all().item<bool>());
}

TEST(CaptionPicture, OtherShapesAreErrors) {
  const torch::Tensor image = red_square(), attention = at::ones({2, 3, 3});
  EXPECT_THROW(caption_picture_png(image, {"one"}, attention, ""), ShapeError);
  EXPECT_THROW(caption_picture_png(image, {"a", "b"}, attention.flatten(1), ""), ShapeError);
  EXPECT_THROW(caption_picture_png(image, {"a", "b"}, attention.narrow(1, 0, 0), ""), ShapeError);
  EXPECT_THROW(caption_picture_png(image.to(at::kFloat), {}, {}, ""), ShapeError);
  EXPECT_THROW(caption_picture_png(image.permute({2, 0, 1}), {}, {}, ""), ShapeError);
  EXPECT_EQ(picture(image, {}, at::ones({0, 3, 3}), "").size(0), 364) << "no word";
}

TEST(CaptionPictureDeathTest, AMachineWithoutFontsSaysSo) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // fontconfig reads its configuration once a process
  const auto draw_without_fonts = [] {
    std::string said;
    {
      const LogFolder folder;
      write_file_atomically(folder.path() / "fonts.conf", "<?xml version=\"1.0\"?><fontconfig></fontconfig>");
      setenv("FONTCONFIG_FILE", (folder.path() / "fonts.conf").c_str(), 1);
      try {
        caption_picture_png(red_square(), {}, {}, "text");
      } catch (const Error& error) {
        said = error.what();
      }
    }
    std::fputs(said.c_str(), stderr);
    std::exit(said.empty() ? 0 : 1);
  };
  EXPECT_EXIT(draw_without_fonts(), ::testing::ExitedWithCode(1), "found no font.*fonts-dejavu-core");
}

}  // namespace
}  // namespace recur::this_file
