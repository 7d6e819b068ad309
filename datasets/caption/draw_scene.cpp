#include "datasets/caption/draw_scene.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>

namespace recur {
namespace {

// Pixels, with the origin in the picture's upper left corner.
struct Point {
  double x = 0, y = 0;
};
struct Thing {
  size_t color = 0, shape = 0;
  double width = 0;
  Point center;
};
using Color = std::array<double, 3>;  // 0 to 255

constexpr std::array<Color, kSceneColors.size()> kColors{
    {{220, 40, 40}, {40, 180, 60}, {50, 90, 235}, {240, 220, 50}, {175, 60, 200}, {240, 240, 240}}};
// Things of one group stand together and groups stand apart, so that what belongs together is seen and not only
// inferred.
constexpr double kMargin = 1.5;                   // to the picture's edge
constexpr double kNarrowGap = 2.5, kWideGap = 4;  // between things of one group
constexpr double kApart = 9;                      // between groups, at least
constexpr double kUneven = 1.5;                   // most that a thing is off its row
constexpr double kOutOfLine = 9;                  // most that two groups' centres are out of line

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}
  // Uniform in [low, high).  Bits straight from the engine: the standard fixes them, and not what its distributions
  // make of them.
  double between(double low, double high) {
    return low + (high - low) * static_cast<double>(engine_() >> 11) * 0x1p-53;
  }

 private:
  std::mt19937_64 engine_;
};

// The group's things in a row, somewhere between `low` and `high` across it; x along the row, y across.
std::vector<Thing> place_in_row(const SceneGroup& group, double low, double high, Dice& dice) {
  const double width = group.large ? dice.between(17.5, 18.5) : dice.between(10.5, 11.5);
  const double line = dice.between(low + width / 2 + kUneven, high - width / 2 - kUneven);
  const auto count = static_cast<double>(group.count);
  const double fitting = (kSceneSide - 2 * kMargin - count * width) / std::max(count - 1, 1.0);
  std::vector<Thing> things;
  double along = 0;
  for (int64_t k = 0; k < group.count; ++k) {
    if (k > 0) along += width + dice.between(kNarrowGap, std::min(kWideGap, fitting));
    const double across = line + dice.between(-kUneven, kUneven);
    things.push_back({.color = group.color, .shape = group.shape, .width = width, .center = {along, across}});
  }
  const double first = dice.between(kMargin + width / 2, kSceneSide - kMargin - width / 2 - along);
  for (auto& thing : things) thing.center.x += first;
  return things;
}

double middle(const std::vector<Thing>& things) {
  double sum = 0;
  for (const auto& thing : things) sum += thing.center.x;
  return sum / static_cast<double>(things.size());
}

std::vector<Thing> place(const Scene& scene, Dice& dice) {
  const double end = kSceneSide - kMargin, half = kSceneSide / 2.0;
  std::vector<Thing> things;
  if (scene.groups.size() == 1) {
    things = place_in_row(scene.groups[0], kMargin, end, dice);
  } else {
    std::vector<Thing> second;
    do {
      things = place_in_row(scene.groups[0], kMargin, half - kApart / 2, dice);
      second = place_in_row(scene.groups[1], half + kApart / 2, end, dice);
    } while (std::abs(middle(things) - middle(second)) > kOutOfLine);
    things.insert(things.end(), second.begin(), second.end());
  }
  if (!scene.upright) {
    for (auto& thing : things) std::swap(thing.center.x, thing.center.y);
  }
  return things;
}

// Ten straight edges between tips and dents.  The nearest tip is the one in whose direction `p` reaches furthest.
bool is_in_star(Point p) {
  constexpr double kTip = 0.56, kDent = 0.26, kTurn = 2 * std::numbers::pi / 5;
  static const auto kTips = [] {
    std::array<Point, 5> tips;  // from the one that points up
    for (size_t k = 0; k < tips.size(); ++k) tips[k] = {std::sin(kTurn * k), -std::cos(kTurn * k)};
    return tips;
  }();
  static const Point kDentPlace{kDent * std::cos(kTurn / 2), kDent * std::sin(kTurn / 2)};
  double along = -1, across = 0;
  for (const auto& tip : kTips) {
    const double reach = p.x * tip.x + p.y * tip.y;
    if (reach <= along) continue;
    along = reach;
    across = std::abs(p.x * tip.y - p.y * tip.x);
  }
  return (kTip - along) * kDentPlace.y >= across * (kTip - kDentPlace.x);  // on the centre's side of the edge
}

// Whether `p`, relative to the centre and in widths, is inside.  The y axis points down.
bool is_inside(size_t shape, Point p) {
  switch (shape) {
    case 0:
      return p.x * p.x + p.y * p.y <= 0.25;
    case 1:
      return std::max(std::abs(p.x), std::abs(p.y)) <= 0.45;
    case 2:
      return p.y <= 0.43 && std::abs(p.x) <= (p.y + 0.5) * 0.5 / 0.93;
    default:
      return is_in_star(p);
  }
}

// The share of the pixel that the thing covers, from 4 x 4 points in it.
double coverage(const Thing& thing, int64_t row, int64_t column) {
  constexpr int kPoints = 4;
  int inside = 0;
  for (int i = 0; i < kPoints * kPoints; ++i) {
    const double x = static_cast<double>(column) + (i % kPoints + 0.5) / kPoints - thing.center.x;
    const double y = static_cast<double>(row) + (i / kPoints + 0.5) / kPoints - thing.center.y;
    inside += is_inside(thing.shape, {x / thing.width, y / thing.width});
  }
  return static_cast<double>(inside) / (kPoints * kPoints);
}

using Canvas = std::array<std::array<Color, kSceneSide>, kSceneSide>;

void paint_background(Canvas& canvas, Dice& dice) {
  const double grey = dice.between(25, 60), slope_x = dice.between(-15, 15), slope_y = dice.between(-15, 15);
  const Color tint{dice.between(-6, 6), dice.between(-6, 6), dice.between(-6, 6)};
  for (int64_t y = 0; y < kSceneSide; ++y) {
    for (int64_t x = 0; x < kSceneSide; ++x) {
      const double slope =
          slope_x * (static_cast<double>(x) / kSceneSide - 0.5) + slope_y * (static_cast<double>(y) / kSceneSide - 0.5);
      for (size_t c = 0; c < 3; ++c) canvas[y][x][c] = grey + tint[c] + slope;
    }
  }
}

void paint(Canvas& canvas, const Thing& thing, Dice& dice) {
  Color color = kColors.at(thing.color);
  for (auto& channel : color) channel += dice.between(-12, 12);
  const double reach = 0.6 * thing.width;
  const auto first = [&](double center) { return std::max<int64_t>(0, std::llround(center - reach) - 1); };
  const auto last = [&](double center) { return std::min<int64_t>(kSceneSide - 1, std::llround(center + reach) + 1); };
  for (int64_t y = first(thing.center.y); y <= last(thing.center.y); ++y) {
    for (int64_t x = first(thing.center.x); x <= last(thing.center.x); ++x) {
      const double share = coverage(thing, y, x);
      for (size_t c = 0; c < 3; ++c) canvas[y][x][c] += share * (color[c] - canvas[y][x][c]);
    }
  }
}

torch::Tensor to_image(const Canvas& canvas, Dice& dice) {
  constexpr double kNoise = 5;
  auto image = torch::empty({kSceneSide, kSceneSide, 3}, torch::kUInt8);
  auto* out = image.mutable_data_ptr<uint8_t>();
  for (const auto& row : canvas) {
    for (const auto& pixel : row) {
      for (const double channel : pixel) {
        *out++ = static_cast<uint8_t>(std::lround(std::clamp(channel + dice.between(-kNoise, kNoise), 0.0, 255.0)));
      }
    }
  }
  return image;
}

}  // namespace

torch::Tensor draw_scene(const Scene& scene, uint64_t seed) {
  Dice dice(seed);
  Canvas canvas;
  const auto things = place(scene, dice);
  paint_background(canvas, dice);
  for (const auto& thing : things) paint(canvas, thing, dice);
  return to_image(canvas, dice);
}

}  // namespace recur
