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

std::string caption_of(const Scene& scene) {
  const auto& first = scene.groups.at(0);
  if (scene.groups.size() == 1) return phrase(first);
  const auto& second = scene.groups.at(1);
  if (second.large && !first.large) {
    return fmt::format("{} {} {}", phrase(second), scene.upright ? "below" : "right of", phrase(first));
  }
  return fmt::format("{} {} {}", phrase(first), scene.upright ? "above" : "left of", phrase(second));
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
