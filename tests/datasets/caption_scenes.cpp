// The captions of drawn scenes against the pixels: the words are read by a program of its own, which looks for things
// of their colour and measures them.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <regex>
#include <set>

#include <gtest/gtest.h>

#include "datasets/caption/draw_scene.h"
#include "datasets/caption/shapes.h"

namespace recur::this_file {
namespace {

struct Words {
  int64_t count;
  std::string size, color, shape;
};

struct Sentence {
  Words first;
  std::string relation;  // "" for one group
  Words second;
};

Words words_of(const std::smatch& match, int at) {
  const std::map<std::string, int64_t> counts{{"a", 1}, {"two", 2}, {"three", 3}};
  auto shape = match[at + 3].str();
  const auto count = counts.at(match[at]);
  if (count > 1) {
    EXPECT_TRUE(shape.ends_with('s')) << match.str();
    shape.pop_back();
  }
  return {count, match[at + 1], match[at + 2], shape};
}

Sentence parse(const std::string& caption) {
  static const std::string kGroup = "(a|two|three) (small|large) (\\w+) (\\w+)";
  static const std::regex kSentence(kGroup + "(?: (above|below|left of|right of) " + kGroup + ")?");
  std::smatch match;
  if (!std::regex_match(caption, match, kSentence)) {
    ADD_FAILURE() << caption;
    return {};
  }
  const bool is_two = match[5].matched;
  return {words_of(match, 1), match[5], is_two ? words_of(match, 6) : Words{}};
}

// What a measuring eye sees of one thing.
struct Thing {
  int64_t top = kSceneSide, bottom = -1, left = kSceneSide, right = -1, area = 0;
  double x = 0, y = 0;  // the centre of mass
};

using Mask = std::array<std::array<bool, kSceneSide>, kSceneSide>;

// The pixels that are covered to two fifths or more by something of that colour: between the background and the colour,
// and not far beside the way from one to the other.
Mask pixels_of(const torch::Tensor& image, const std::string& color) {
  constexpr double kBeside = 45;
  const std::map<std::string, std::array<double, 3>> colors{{"red", {220, 40, 40}},     {"green", {40, 180, 60}},
                                                            {"blue", {50, 90, 235}},    {"yellow", {240, 220, 50}},
                                                            {"purple", {175, 60, 200}}, {"white", {240, 240, 240}}};
  const auto pixels = image.accessor<uint8_t, 3>();
  const auto median = std::get<0>(image.view({-1, 3}).to(torch::kDouble).median(0));
  const auto background = median.accessor<double, 1>();
  Mask mask{};
  for (int64_t y = 0; y < kSceneSide; ++y) {
    for (int64_t x = 0; x < kSceneSide; ++x) {
      double along = 0, whole = 0, beside = 0;
      for (int c = 0; c < 3; ++c) {
        along += (pixels[y][x][c] - background[c]) * (colors.at(color)[c] - background[c]);
        whole += std::pow(colors.at(color)[c] - background[c], 2);
      }
      const double share = along / whole;
      for (int c = 0; c < 3; ++c) {
        beside += std::pow(pixels[y][x][c] - background[c] - share * (colors.at(color)[c] - background[c]), 2);
      }
      mask[y][x] = share > 0.4 && beside < kBeside * kBeside;
    }
  }
  return mask;
}

void collect(Mask& mask, int64_t y, int64_t x, std::vector<std::pair<int64_t, int64_t>>& to) {
  if (y < 0 || x < 0 || y >= kSceneSide || x >= kSceneSide || !mask[y][x]) return;
  mask[y][x] = false;
  to.emplace_back(y, x);
  for (const auto& [dy, dx] : {std::pair{-1, 0}, {1, 0}, {0, -1}, {0, 1}}) collect(mask, y + dy, x + dx, to);
}

std::vector<Thing> things_of(const torch::Tensor& image, const std::string& color) {
  auto mask = pixels_of(image, color);
  std::vector<Thing> things;
  for (int64_t y = 0; y < kSceneSide; ++y) {
    for (int64_t x = 0; x < kSceneSide; ++x) {
      std::vector<std::pair<int64_t, int64_t>> pixels;
      collect(mask, y, x, pixels);
      if (pixels.size() < 12) continue;  // a speck at an edge
      Thing thing{.area = static_cast<int64_t>(pixels.size())};
      for (const auto& [row, column] : pixels) {
        thing.top = std::min(thing.top, row), thing.bottom = std::max(thing.bottom, row);
        thing.left = std::min(thing.left, column), thing.right = std::max(thing.right, column);
        thing.y += static_cast<double>(row) / static_cast<double>(thing.area);
        thing.x += static_cast<double>(column) / static_cast<double>(thing.area);
      }
      things.push_back(thing);
    }
  }
  return things;
}

// A triangle's centre of mass is two thirds down.  A square fills its box, a circle 79 % of it, a star 40 %.
std::string shape_of(const Thing& thing) {
  const auto height = static_cast<double>(thing.bottom - thing.top + 1);
  const double full = static_cast<double>(thing.area) / (height * static_cast<double>(thing.right - thing.left + 1));
  if ((thing.y + 0.5 - static_cast<double>(thing.top)) / height > 0.6) return "triangle";
  return full > 0.93 ? "square" : full > 0.62 ? "circle" : "star";
}

// Whether the things of the words' colour are what the words say.
void expect_is_there(const std::vector<Thing>& things, const Words& words) {
  EXPECT_EQ(things.size(), words.count);
  for (const auto& thing : things) {
    EXPECT_EQ(shape_of(thing), words.shape);
    const auto width = std::max(thing.right - thing.left, thing.bottom - thing.top) + 1;
    EXPECT_EQ(width < 14 ? "small" : "large", words.size) << width;
  }
}

std::pair<double, double> center(const std::vector<Thing>& things) {
  double x = 0, y = 0;
  for (const auto& thing : things) x += thing.x, y += thing.y;
  return {x / static_cast<double>(things.size()), y / static_cast<double>(things.size())};
}

TEST(CaptionScenes, EveryCaptionIsTrueOfThePixels) {
  for (const auto split : {SceneSplit::kTrain, SceneSplit::kValidation, SceneSplit::kTest}) {
    for (int64_t index = 0; index < 200; ++index) {
      const auto image = simulate_scene_image(7, split, index);
      const auto caption = caption_of(simulate_scene(7, split, index));
      SCOPED_TRACE(caption);
      const auto sentence = parse(caption);
      if (sentence.relation.empty()) {
        expect_is_there(things_of(image, sentence.first.color), sentence.first);
        continue;
      }
      if (sentence.first.color == sentence.second.color) continue;  // no telling whose pixel is whose
      const auto first = things_of(image, sentence.first.color), second = things_of(image, sentence.second.color);
      expect_is_there(first, sentence.first);
      expect_is_there(second, sentence.second);
      const auto [x1, y1] = center(first);
      const auto [x2, y2] = center(second);
      const bool upright = std::abs(y1 - y2) > std::abs(x1 - x2);
      EXPECT_EQ(sentence.relation, upright ? (y1 < y2 ? "above" : "below") : (x1 < x2 ? "left of" : "right of"));
      // Named first: large things, else the upper or the left ones.
      if (sentence.relation == "below" || sentence.relation == "right of") {
        EXPECT_EQ(sentence.first.size, "large");
        EXPECT_EQ(sentence.second.size, "small");
      } else {
        EXPECT_FALSE(sentence.first.size == "small" && sentence.second.size == "large");
      }
    }
  }
}

TEST(CaptionScenes, LargeThingsAreNamedFirstElseTheUpperOrTheLeftOnes) {
  const SceneGroup circle{.count = 1, .large = false, .color = 0, .shape = 0};
  const SceneGroup squares{.count = 2, .large = true, .color = 2, .shape = 1};
  const SceneGroup star{.count = 3, .large = false, .color = 3, .shape = 3};
  EXPECT_EQ(caption_of({.groups = {circle, squares}, .upright = true}),
            "two large blue squares below a small red circle");
  EXPECT_EQ(caption_of({.groups = {circle, squares}}), "two large blue squares right of a small red circle");
  EXPECT_EQ(caption_of({.groups = {squares, circle}}), "two large blue squares left of a small red circle");
  EXPECT_EQ(caption_of({.groups = {circle, star}, .upright = true}),
            "a small red circle above three small yellow stars");
  EXPECT_EQ(caption_of({.groups = {squares}}), "two large blue squares");
}

TEST(CaptionScenes, AScenesPictureIsAFunctionOfSeedSplitAndIndex) {
  const auto image = [](int64_t seed, SceneSplit split, int64_t index) {
    return simulate_scene_image(seed, split, index);
  };
  const auto once = image(1, SceneSplit::kTrain, 5);
  EXPECT_EQ(once.sizes(), torch::IntArrayRef({kSceneSide, kSceneSide, 3}));
  EXPECT_EQ(once.scalar_type(), torch::kUInt8);
  EXPECT_TRUE(once.equal(image(1, SceneSplit::kTrain, 5)));
  EXPECT_FALSE(once.equal(image(2, SceneSplit::kTrain, 5)));
  EXPECT_FALSE(once.equal(image(1, SceneSplit::kTrain, 6)));
  EXPECT_FALSE(once.equal(image(1, SceneSplit::kValidation, 5)));
  EXPECT_FALSE(draw_scene({.groups = {{}}}, 1).equal(draw_scene({.groups = {{}}}, 2)));
  // The same on every machine and for ever: the runs of others can be compared.
  EXPECT_EQ(caption_of(simulate_scene(1, SceneSplit::kTrain, 0)), "a large green square");
}

TEST(CaptionScenes, TestHasHeldOutPairsEverywhereAndTheOthersNowhere) {
  const auto data = simulate_shapes(3000, 3);
  EXPECT_EQ(data.train.size(), 2100);
  EXPECT_EQ(data.validation.size(), 450);
  EXPECT_EQ(data.test.size(), 450);
  const std::regex held_out("(red|purple) triangle|green star|blue circle|yellow square");
  const auto has_held_out = [&](const std::vector<std::string>& captions) {
    return std::regex_search(captions[0], held_out);
  };
  EXPECT_TRUE(std::ranges::none_of(data.train.captions, has_held_out));
  EXPECT_TRUE(std::ranges::none_of(data.validation.captions, has_held_out));
  EXPECT_TRUE(std::ranges::all_of(data.test.captions, has_held_out));
  std::set<std::string> pairs;  // all the others are learned
  for (const auto& captions : data.train.captions) {
    const auto words = parse(captions[0]).first;
    pairs.insert(words.color + " " + words.shape);
  }
  EXPECT_EQ(pairs.size(), kSceneColors.size() * kSceneShapes.size() - 5);
}

TEST(CaptionScenes, NoCaptionOfValidationOccursInTraining) {
  const auto data = simulate_shapes(6000, 3);
  std::set<std::string> trained;
  for (const auto& captions : data.train.captions) trained.insert(captions.begin(), captions.end());
  for (const auto& captions : data.validation.captions) {
    for (const auto& caption : captions) EXPECT_FALSE(trained.contains(caption)) << caption;
  }
}

}  // namespace
}  // namespace recur::this_file
