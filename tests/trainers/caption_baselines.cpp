#include "trainers/metrics/caption_baselines.h"

#include <cmath>

#include <ATen/ATen.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/trainers/caption_example.h"

namespace recur::this_file {
namespace {

TEST(CommonestCaption, IsTheMostFrequent) {
  EXPECT_EQ(commonest_caption({"a dog runs", "a red cat", "a dog sits", "a red cat", "a dog runs fast"}), 1);
  EXPECT_EQ(commonest_caption({"b", "a", "a", "b"}), 0) << "of equals the first";
  EXPECT_EQ(commonest_caption({"only"}), 0);
}

TEST(CommonestCaption, OfUniqueOnesIsTheOneMostLikeTheOthers) {
  EXPECT_EQ(commonest_caption({"two men talk", "a dog runs on grass", "a cat on grass", "dog runs home"}), 1);
  EXPECT_EQ(commonest_caption({"", "a b", "x", "b c"}), 1) << "blanks say nothing";
}

TEST(CommonestCaption, AgreesWithAllPairs) {
  std::vector<Tokens> captions;
  for (const References& references : caption_example(40).references) {
    captions.insert(captions.end(), references.begin(), references.end());
  }
  captions.push_back(words("w0 w0 w0 w1 w1 w2 w3 w4"));  // repeated words count once for each that both have
  std::vector<std::string> texts;
  std::vector<double> similarity;
  for (const Tokens& one : captions) {
    std::string text;
    for (const std::string& word : one) text += word + ' ';
    texts.push_back(text);
    double sum = 0;
    for (const Tokens& other : captions) {
      int64_t shared = 0;
      Tokens left = other;
      for (const std::string& word : one) {
        const auto found = std::ranges::find(left, word);
        if (found == left.end()) continue;
        left.erase(found);
        ++shared;
      }
      sum += 2.0 * static_cast<double>(shared) / static_cast<double>(one.size() + other.size());
    }
    similarity.push_back(sum);
  }
  EXPECT_EQ(commonest_caption(texts), std::ranges::max_element(similarity) - similarity.begin());
}

TEST(CommonestCaption, NeedsACaption) {
  EXPECT_THROW(commonest_caption({}), DataError);
}

TEST(NearestNeighbours, AgreeWithAllDistances) {
  const torch::Tensor train = at::sin(at::arange(300 * 17, at::kDouble)).view({300, 17}) + 3;
  const torch::Tensor query = at::cos(at::arange(50 * 17, at::kDouble).square()).view({50, 17}) + 3;
  const torch::Tensor all = (query.unsqueeze(1) - train.unsqueeze(0)).square().sum(2);
  EXPECT_TRUE(nearest_neighbours(train, query).equal(all.argmin(1)));
  EXPECT_TRUE(nearest_neighbours(train.to(at::kFloat), query.to(at::kFloat)).equal(all.argmin(1)));
  EXPECT_TRUE(nearest_neighbours(train, train).equal(at::arange(300)));
}

TEST(NearestNeighbours, OfEqualOnesTheFirst) {
  torch::Tensor train = at::sin(at::arange(1000 * 67, at::kFloat)).view({1000, 67});
  for (const int64_t copy : {701, 702, 998, 999}) train[copy] = train[500];
  EXPECT_TRUE(nearest_neighbours(train, train[500].expand({9, 67}) + 0.01).eq(500).all().item<bool>());
}

TEST(NearestNeighbours, ManyQueriesComeInChunks) {
  const torch::Tensor train = at::arange(5000, at::kFloat).unsqueeze(1);
  const torch::Tensor query = at::arange(2000, at::kFloat).unsqueeze(1) + 0.25;
  EXPECT_TRUE(nearest_neighbours(train, query).equal(at::arange(2000)));
  EXPECT_EQ(nearest_neighbours(train, query.narrow(0, 0, 0)).numel(), 0);
}

TEST(NearestNeighbours, OtherShapesAreErrors) {
  EXPECT_THROW(nearest_neighbours(at::zeros({0, 3}), at::zeros({2, 3})), ShapeError);
  EXPECT_THROW(nearest_neighbours(at::zeros({2, 3}), at::zeros({2, 4})), ShapeError);
  EXPECT_THROW(nearest_neighbours(at::zeros({2, 3}), at::zeros({3})), ShapeError);
}

TEST(ColourHistogram, CountsPixelsByColour) {
  torch::Tensor image = at::zeros({2, 4, 3}, at::kByte);  // seven black pixels and an orange one
  image[1][2] = at::tensor({255, 128, 31}, at::kByte);
  const torch::Tensor histogram = colour_histogram(image);
  EXPECT_EQ(histogram.numel(), 512);
  EXPECT_EQ(histogram[0].item<float>(), 7 / 8.0f);
  EXPECT_EQ(histogram[(7 * 8 + 4) * 8 + 0].item<float>(), 1 / 8.0f);
  EXPECT_EQ(histogram.sum().item<float>(), 1);
}

TEST(ColourHistogram, SeesNeitherPlaceNorSize) {
  const torch::Tensor image = at::arange(6 * 5 * 3).mul(37).remainder(256).to(at::kByte).view({6, 5, 3});
  EXPECT_TRUE(colour_histogram(image).equal(colour_histogram(image.flip({0, 1}))));
  EXPECT_TRUE(at::allclose(colour_histogram(image), colour_histogram(image.repeat({2, 3, 1}))));
}

TEST(ColourHistogram, TakesImagesOnly) {
  EXPECT_THROW(colour_histogram(at::zeros({2, 2, 3})), ShapeError);
  EXPECT_THROW(colour_histogram(at::zeros({2, 2, 4}, at::kByte)), ShapeError);
  EXPECT_THROW(colour_histogram(at::zeros({0, 2, 3}, at::kByte)), ShapeError);
}

}  // namespace
}  // namespace recur::this_file
