// What training does to images; tests/interop/image_files.cpp holds the single operations against Pillow.
#include <future>
#include <set>
#include <string>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/zeros.h>

#include <gmock/gmock.h>

#include "core/error.h"
#include "datasets/image/operations.h"
#include "datasets/image/transform.h"
#include "temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Every pixel says where it is: red its column, green its row.
torch::Tensor places(int64_t height, int64_t width) {
  auto image = at::zeros({height, width, 3}, torch::kUInt8);
  image.select(2, 0).copy_(at::arange(width).expand({height, width}));
  image.select(2, 1).copy_(at::arange(height).unsqueeze(1).expand({height, width}));
  return image;
}

ImageOptions plain(int64_t size, int64_t resize) {
  return {.size = size, .resize = resize, .mean = {0, 0, 0}, .deviation = {1, 1, 1}};
}

/// Upper left column and row of what train() cut out, and whether it is mirrored.
std::tuple<int, int, bool> place_of(const torch::Tensor& seen) {
  const auto bytes = (seen * 255).round().to(torch::kInt);
  const int first = bytes[0][0][0].item<int>(), last = bytes[0][0][-1].item<int>();
  return {std::min(first, last), bytes[1][0][0].item<int>(), first > last};
}

std::string errors_of(const std::string& yaml) {
  return message_of<ConfigError>([&] { read_options<ImageOptions>(parse_config(yaml, "test.yaml")); });
}

TEST(ImageOptions, MustFitTogether) {
  EXPECT_THAT(errors_of("{size: 224, resize: 200}"), HasSubstr("resize: must be at least size"));
  EXPECT_THAT(errors_of("{mean: [0.5], std: [1, 2]}"), AllOf(HasSubstr("mean: must be"), HasSubstr("std: must be")));
  EXPECT_THAT(errors_of("{std: [1, 0, 1]}"), HasSubstr("std.1: expected more than 0"));
  const auto options = read_options<ImageOptions>(parse_config("{jitter: {hue: 0.1}, std: [1, 2, 3]}", "test.yaml"));
  EXPECT_EQ(options.deviation, (std::vector<double>{1, 2, 3}));
  EXPECT_TRUE(options.jitter.changes_anything());
}

TEST(ResizeShortSide, KeepsTheProportionsRoundedDown) {
  EXPECT_EQ(resize_short_side(places(100, 201), 50).sizes(), (std::vector<int64_t>{50, 100, 3}));
  EXPECT_EQ(resize_short_side(places(7, 3), 10).sizes(), (std::vector<int64_t>{23, 10, 3}));
  const auto image = places(40, 90);
  EXPECT_TRUE(resize_short_side(image, 40).equal(image));
}

TEST(ResizeShortSide, AveragesWhatItMakesSmaller) {
  const auto stripes = (at::arange(64 * 64) % 2 * 255).to(torch::kUInt8).view({64, 64, 1}).repeat({1, 1, 3});
  const auto inside = resize_short_side(stripes, 8).narrow(1, 1, 6).to(torch::kFloat);
  EXPECT_GT(inside.min().item<float>(), 126);
  EXPECT_LT(inside.max().item<float>(), 129);
}

TEST(ResizeShortSide, RefusesWhatIsNoImageOrTooLong) {
  EXPECT_THROW(resize_short_side(at::zeros({5, 5, 3}), 4), ShapeError);
  EXPECT_THROW(resize_short_side(at::zeros({0, 5, 3}, torch::kUInt8), 4), ShapeError);
  EXPECT_THAT(message_of<ShapeError>([] {
                resize_short_side(at::zeros({1, 9000, 3}, torch::kUInt8), 256);
              }),
              AllOf(HasSubstr("100,000,000 pixels"), HasSubstr("[1, 9000, 3]")));
}

TEST(CenterCrop, RoundsHalfPixelsToEven) {
  // (7 - 4) / 2 = 1.5 -> 2;  (9 - 4) / 2 = 2.5 -> 2
  EXPECT_EQ(place_of(to_colors(center_crop(places(7, 9), 4))), std::make_tuple(2, 2, false));
  EXPECT_THROW(center_crop(places(3, 9), 4), ShapeError);
}

TEST(ImageTransform, CutsEveryPlaceAndMirrorsHalf) {
  auto options = plain(8, 10);
  options.flip = true;
  const ImageTransform transform(options);
  std::set<std::tuple<int, int, bool>> seen;
  int mirrored = 0;
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    const auto place = place_of(transform.train(places(10, 12), seed));
    seen.insert(place);
    mirrored += std::get<2>(place);
  }
  EXPECT_EQ(seen.size(), 3 * 5 * 2);
  EXPECT_NEAR(mirrored, 500, 60);
}

TEST(ImageTransform, ChangesNothingInTrainingUnlessAsked) {
  auto options = plain(8, 10);
  options.crop = "centre";
  const ImageTransform transform(options);
  for (uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_TRUE(transform.train(places(10, 13), seed).equal(transform.evaluate(places(10, 13))));
  }
}

TEST(ImageTransform, ChangesColoursWithinTheirBounds) {
  auto options = plain(4, 4);
  options.jitter.brightness = 0.25;
  const auto grey = at::full({4, 4, 3}, 100, torch::kUInt8);
  float low = 1e9, high = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const float factor = ImageTransform(options).train(grey, seed)[0][0][0].item<float>() * 255 / 100;
    low = std::min(low, factor), high = std::max(high, factor);
  }
  EXPECT_THAT(low, AllOf(testing::Ge(0.75), testing::Lt(0.77)));
  EXPECT_THAT(high, AllOf(testing::Le(1.25), testing::Gt(1.23)));
}

TEST(ImageTransform, IsAPureFunctionOfImageAndSeedOnAnyThread) {
  auto options = plain(200, 200);
  options.flip = true;
  options.jitter = {.brightness = 0.4, .contrast = 0.4, .saturation = 0.4, .hue = 0.1};
  const ImageTransform transform(options);
  const auto image = at::randint(256, {240, 220, 3}, torch::kUInt8);
  const int before = at::get_num_threads();
  at::set_num_threads(3);
  std::vector<torch::Tensor> here;
  for (uint64_t seed = 0; seed < 16; ++seed) here.push_back(transform.train(image, seed));
  std::vector<std::future<torch::Tensor>> there;
  for (uint64_t seed = 0; seed < 16; ++seed) {
    there.push_back(std::async(std::launch::async, [&, seed] {
      at::set_num_threads(1);
      return transform.train(image, seed);
    }));
  }
  for (uint64_t seed = 0; seed < 16; ++seed) EXPECT_TRUE(here[seed].equal(there[seed].get())) << seed;
  EXPECT_FALSE(here[0].equal(here[1]));
  at::set_num_threads(before);
}

TEST(ImageTransform, LeavesTorchsGeneratorAlone) {
  at::manual_seed(1);
  const auto expected = at::rand({4});
  at::manual_seed(1);
  auto options = plain(8, 10);
  options.jitter.hue = 0.2;
  ImageTransform(options).train(places(10, 12), 5);
  EXPECT_TRUE(at::rand({4}).equal(expected));
}

TEST(ImageTransform, IsTheSameToTheBitAsTorchScript) {
  const ImageTransform transform({.size = 51, .resize = 64});
  auto module = transform.to_torchscript();
  for (const auto& [height, width] : {std::pair{64, 64}, {64, 99}, {300, 201}, {20, 31}, {513, 70}}) {
    const auto image = at::randint(256, {height, width, 3}, torch::kUInt8);
    EXPECT_TRUE(module.forward({image}).toTensor().equal(transform.evaluate(transform.prepare(image)).unsqueeze(0)))
        << height << " x " << width;
  }
  EXPECT_ANY_THROW(module.forward({at::rand({64, 64, 3})}));
  EXPECT_ANY_THROW(module.forward({at::zeros({3, 64, 64}, torch::kUInt8)}));
}

TEST(ImageTransform, HasAKeyOfWhatEvaluationDependsOn) {
  const ImageOptions options;
  const auto key_with = [&](auto change) {
    auto changed = options;
    change(changed);
    return ImageTransform(changed).key();
  };
  const auto key = ImageTransform(options).key();
  EXPECT_NE(key, key_with([](auto& o) { o.size = 223; }));
  EXPECT_NE(key, key_with([](auto& o) { o.resize = 257; }));
  EXPECT_NE(key, key_with([](auto& o) { o.mean[1] += 1e-15; }));
  EXPECT_NE(key, key_with([](auto& o) { o.deviation[2] += 1e-15; }));
  EXPECT_EQ(key, key_with([](auto& o) { o.flip = true, o.crop = "centre", o.memory_mb = 1, o.jitter.hue = 0.1; }));
}

}  // namespace
}  // namespace recur::this_file
