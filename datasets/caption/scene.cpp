#include "datasets/caption/scene.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace recur {
namespace {

constexpr std::array kCounts{"a", "two", "three"};

std::string phrase(const SceneGroup& group) {
  return fmt::format("{} {} {} {}{}", kCounts.at(group.count - 1), group.large ? "large" : "small",
                     kSceneColors.at(group.color), kSceneShapes.at(group.shape), group.count > 1 ? "s" : "");
}

}  // namespace

std::vector<std::string> captions_of(const Scene& scene) {
  const auto first = phrase(scene.groups.at(0));
  if (scene.groups.size() == 1) return {first};
  const auto second = phrase(scene.groups.at(1));
  return {fmt::format("{} {} {}", first, scene.upright ? "above" : "left of", second),
          fmt::format("{} {} {}", second, scene.upright ? "below" : "right of", first)};
}

bool is_held_out(const SceneGroup& group) {
  using Pair = std::pair<std::string_view, std::string_view>;
  constexpr std::array<Pair, 5> kHeldOut{
      {{"red", "triangle"}, {"green", "star"}, {"blue", "circle"}, {"yellow", "square"}, {"purple", "triangle"}}};
  return std::ranges::find(kHeldOut, Pair(kSceneColors.at(group.color), kSceneShapes.at(group.shape))) !=
         kHeldOut.end();
}

bool is_held_out(const Scene& scene) {
  return std::ranges::any_of(scene.groups, [](const SceneGroup& group) { return is_held_out(group); });
}

}  // namespace recur
