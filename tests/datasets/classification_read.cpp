// Spirals, tables, splits, the scaler, and what training does to images.
#include <cmath>
#include <numbers>

#include <ATen/ops/cat.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "datasets/class_names.h"
#include "datasets/classification/augment.h"
#include "datasets/classification/read_classification.h"
#include "datasets/classification/scaler.h"
#include "datasets/classification/spirals.h"
#include "datasets/classification/table.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using torch::Tensor;

TEST(Spirals, LieOnTheirArms) {
  const auto made = simulate_spirals(300, 3, 0, 1);
  for (int64_t i = 0; i < 300; ++i) {
    const double x = made.points[i][0].item<double>(), y = made.points[i][1].item<double>(), r = std::hypot(x, y);
    EXPECT_EQ(made.arms[i].item<int64_t>(), i % 3);
    const double angle = 2 * std::numbers::pi * ((r - 0.1) / 0.9 + static_cast<double>(i % 3) / 3);
    EXPECT_NEAR(std::cos(angle), x / r, 1e-4);
    EXPECT_NEAR(std::sin(angle), y / r, 1e-4);
  }
}

TEST(Spirals, AreAPureFunctionOfTheSeed) {
  const auto made = simulate_spirals(50, 2, 0.1, 1);
  EXPECT_TRUE(simulate_spirals(20, 2, 0.1, 1).points.equal(made.points.narrow(0, 0, 20)));
  EXPECT_FALSE(simulate_spirals(50, 2, 0.1, 2).points.equal(made.points));
  const auto noise = simulate_spirals(4000, 2, 0.1, 1).points - simulate_spirals(4000, 2, 0, 1).points;
  EXPECT_NEAR(noise.std().item<double>(), 0.1, 0.003);
}

class NumberTables : public testing::Test {
 protected:
  NumberTable read(const std::string& bytes, const NumberColumns& columns = {}, Labels labels = Labels::kNeeded) {
    return read_number_table(folder_.write("a.csv", bytes).string(), columns, labels);
  }
  std::string error_of(const std::string& bytes, const NumberColumns& columns = {}) {
    auto message = message_of<DataError>([&] { read(bytes, columns); });
    const auto folder = folder_.path().string() + "/";
    if (message.starts_with(folder)) message.erase(0, folder.size());
    return message;
  }
  TemporaryFolder folder_;
};

TEST_F(NumberTables, AllColumnsButTheLabelAreNumbers) {
  const auto table = read("length,label,width\n1,a,-2.5e1\n+3,b,0\n\"7\",,1\n");
  EXPECT_THAT(table.columns, ElementsAre("length", "width"));
  EXPECT_TRUE(table.values.equal(at::tensor({1.0f, -25.0f, 3.0f, 0.0f}).view({2, 2})));
  EXPECT_THAT(table.labels, ElementsAre("a", "b"));
  EXPECT_THAT(table.lines, ElementsAre(2, 3));
  EXPECT_EQ(table.without_label, 1);
}

TEST_F(NumberTables, ColumnsAreChosenByNameOrNumber) {
  const auto table = read("id;x;y;kind\nk1;1;2;a\nk2;3;4;b\n", {.label = "kind", .features = {"y", "2"}});
  EXPECT_THAT(table.columns, ElementsAre("y", "x"));
  EXPECT_TRUE(table.values.equal(at::tensor({2.0f, 1.0f, 4.0f, 3.0f}).view({2, 2})));
  const auto bare = read("5,1.5\n6,2.5\n", {.label = "1", .header = false});
  EXPECT_THAT(bare.columns, ElementsAre("2"));
  EXPECT_THAT(bare.labels, ElementsAre("5", "6"));
}

TEST_F(NumberTables, ForPredictionsLabelsMayBeMissing) {
  EXPECT_TRUE(read("x,y\n1,2\n", {.features = {"x"}}, Labels::kIfPresent).labels.empty());
  EXPECT_THAT(read("x,label\n1,\n2,b\n", {.features = {"x"}}, Labels::kIfPresent).labels, ElementsAre("", "b"));
}

TEST_F(NumberTables, NamesTheCellThatIsNoNumber) {
  EXPECT_THAT(error_of("x,y,label\n1,2,a\n3,4 cm,b\n"),
              HasSubstr("a.csv:3:2: column \"y\": got \"4 cm\", expected a number"));
  EXPECT_THAT(error_of("x,label\n,a\n"), HasSubstr("a.csv:2:1: column \"x\": the cell is empty"));
  EXPECT_THAT(error_of("x,label\nnan,a\n"), HasSubstr("a.csv:2:1: column \"x\": got \"nan\""));
  EXPECT_THAT(error_of("x,label\n1e999,a\n"), HasSubstr("got \"1e999\""));
}

TEST_F(NumberTables, NamesAColumnThatIsNotThere) {
  EXPECT_EQ(error_of("x,Label\n1,a\n"),
            "a.csv: no column \"label\"; the columns are x, Label; did you mean \"Label\"?");
  EXPECT_THAT(error_of("x,label\n1,a\n", {.features = {"width"}}), HasSubstr("no column \"width\""));
  EXPECT_THAT(error_of("label\na\n"), HasSubstr("no column beside the label"));
  EXPECT_THAT(error_of("x,label\n"), HasSubstr("no row below the header"));
}

TEST_F(NumberTables, SplitsAreStratifiedAndFilesMayBeGiven) {
  std::string rows = "x,label\n", pairs;
  for (int k = 0; k < 100; ++k) {
    rows += fmt::format("{},{}\n", k, k % 4 == 0 ? "rare" : "common");
    pairs += fmt::format("{},{},{}\n", k, -k, k % 4 == 0 ? "rare" : "common");
  }
  const auto train = folder_.write("train.csv", rows).string();
  const auto data = read_classification({.format = "table", .train = {train}}, 1);
  EXPECT_THAT(data.labels, ElementsAre("common", "rare"));
  EXPECT_EQ(data.test.size(), 10);
  EXPECT_EQ(data.validation.size(), 9);
  EXPECT_NEAR(data.test.labels.sum().item<double>(), 2.5, 0.6);
  const auto all = at::cat({data.train.inputs, data.validation.inputs, data.test.inputs}).flatten();
  EXPECT_TRUE(std::get<0>(all.sort()).equal(at::arange(100, torch::kFloat32)));

  // The test file's columns are found by their names, and its labels must be known.
  ClassificationDataOptions options{.format = "table",
                                    .train = {folder_.write("train.csv", "x,y,label\n" + pairs).string()},
                                    .test = {folder_.write("test.csv", "y,label,x\n8,rare,7\n").string()}};
  EXPECT_TRUE(read_classification(options, 1).test.inputs.equal(at::tensor({7.0f, 8.0f}).view({1, 2})));
  options.test = {folder_.write("test.csv", "y,label,x\n8,rare,7\n8,rara,7\n").string()};
  EXPECT_THAT(
      message_of<DataError>([&] { read_classification(options, 1); }),
      HasSubstr("test.csv:3: label \"rara\" does not occur in the training part, whose labels are common, rare; "
                "did you mean \"rare\"?"));
}

TEST(ClassNames, AreInOrderOfTheirNumbersElseByBytes) {
  EXPECT_THAT(class_names({"10", "9", "-1", "9"}, "a"), ElementsAre("-1", "9", "10"));
  EXPECT_THAT(class_names({"b", "10", "9"}, "a"), ElementsAre("10", "9", "b"));
  EXPECT_EQ(message_of<DataError>([] {
              class_names({"x", "x"}, "a.csv");
            }),
            "a.csv: every example has the label \"x\", expected two classes or more");
}

TEST(ClassificationDataOptions, MustFitTogether) {
  const auto errors = [](const std::string& yaml) {
    return message_of<ConfigError>([&] { read_options<ClassificationDataOptions>(parse_config(yaml, "test.yaml")); });
  };
  EXPECT_THAT(errors("{format: table}"), HasSubstr("train: a table needs its files"));
  EXPECT_THAT(errors("{format: idx, train: [a]}"), HasSubstr("idx: must be two files"));
  EXPECT_THAT(errors("{train: [a.csv]}"), HasSubstr("train: is for formats table and idx only"));
  EXPECT_THAT(errors("{augment: {shift: 2}}"), HasSubstr("augment: is for images only"));
  EXPECT_THAT(errors("{format: table, train: [a], table: {features: [x, label]}}"),
              HasSubstr("must not hold the label"));
}

TEST(Scaler, BringsEachColumnToMeanZeroAndDeviationOne) {
  torch::manual_seed(1);
  auto x = at::rand({50, 3}) * at::tensor({1.0f, 100.0f, 1e-3f}) + at::tensor({-5.0f, 1e4f, 0.0f});
  x = at::cat({x, at::zeros({50, 1})}, 1);  // and one that does not vary
  const auto scaler = Scaler::fit(x);
  const auto y = scaler.apply(x).to(torch::kFloat64);
  EXPECT_TRUE(y.mean(0).allclose(at::zeros({4}, torch::kFloat64), 0, 1e-3));
  EXPECT_TRUE(y.std(0, /*unbiased=*/false).allclose(at::tensor({1.0, 1.0, 1.0, 0.0}), 0, 1e-4));
  const auto again = Scaler::from_json(nlohmann::json::parse(scaler.to_json().dump()));
  EXPECT_TRUE(again.apply(x).equal(scaler.apply(x)));
}

TEST(Scaler, GivesAllPixelsOneMean) {
  const auto images = at::tensor({0, 255, 0, 255}, torch::kUInt8).view({1, 2, 2});
  const auto scaler = Scaler::fit(images);
  EXPECT_EQ(scaler.mean().item<float>(), 127.5f);
  EXPECT_TRUE(scaler.apply(images).equal(at::tensor({-1.0f, 1.0f, -1.0f, 1.0f}).view({1, 2, 2})));
}

/// Where the centre of mass of each image is, right and down of the first pixel.
std::pair<double, double> centre(const Tensor& image) {
  const auto total = image.sum();
  const auto columns = (image.sum(0) * at::arange(image.size(1))).sum() / total;
  const auto rows = (image.sum(1) * at::arange(image.size(0))).sum() / total;
  return {columns.item<double>(), rows.item<double>()};
}

Tensor blob() {
  auto image = at::zeros({1, 20, 24});
  image.slice(1, 9, 11).slice(2, 11, 13).fill_(1);
  return image;
}

TEST(AugmentImages, ShiftsEachByItsOwnDraw) {
  const auto images = blob().expand({200, 20, 24}).contiguous();
  std::vector<int64_t> examples(200);
  for (int64_t k = 0; k < 200; ++k) examples[k] = k;
  const ImageAugmentOptions options{.shift = 3};
  const auto moved = augment_images(images, options, 1, 0, examples);
  double most = 0, sum = 0;
  for (const auto& image : moved.unbind(0)) {
    const auto [x, y] = centre(image);
    most = std::max({most, std::abs(x - 11.5), std::abs(y - 9.5)});
    sum += x - 11.5;
    EXPECT_NEAR(image.sum().item<double>(), 4, 1e-4);
  }
  EXPECT_LE(most, 3.001);
  EXPECT_GT(most, 2.5);
  EXPECT_NEAR(sum / 200, 0, 0.5);
  EXPECT_TRUE(
      augment_images(images.narrow(0, 0, 1), options, 1, 0, {examples.data() + 7, 1}).equal(moved.narrow(0, 7, 1)));
  EXPECT_FALSE(augment_images(images, options, 1, 1, examples).equal(moved));
}

TEST(AugmentImages, TurnsAndScalesAboutTheCentreWithoutShearing) {
  // A ring is a ring however it is turned, in an image that is not square.
  auto x = at::arange(24, torch::kFloat32) - 11.5, y = (at::arange(20, torch::kFloat32) - 9.5).unsqueeze(1);
  const auto ring = (-((x * x + y * y).sqrt() - 5).square() / 8).exp().unsqueeze(0);
  const std::vector<int64_t> examples{3};
  EXPECT_TRUE(augment_images(ring, {.rotate = 90}, 1, 0, examples).allclose(ring, 0, 0.08));
  EXPECT_TRUE(augment_images(ring, {}, 1, 0, examples).allclose(ring, 0, 1e-5));
  EXPECT_FALSE(augment_images(ring, {.scale = 0.3}, 1, 0, examples).allclose(ring, 0, 0.08));
}

}  // namespace
}  // namespace recur::this_file
