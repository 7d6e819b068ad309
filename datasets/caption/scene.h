// What stands in a drawn scene, and the sentence that says so.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace recur {

inline constexpr std::array kSceneColors{"red", "green", "blue", "yellow", "purple", "white"};
inline constexpr std::array kSceneShapes{"circle", "square", "triangle", "star"};

/// One to three like things: "three large green stars".
struct SceneGroup {
  int64_t count = 1;  ///< 1 to 3
  bool large = false;
  size_t color = 0;  ///< place in kSceneColors
  size_t shape = 0;  ///< place in kSceneShapes

  bool operator==(const SceneGroup&) const = default;
};

struct Scene {
  std::vector<SceneGroup> groups;  ///< one, or two from the top or from the left; never two of one colour and shape
  bool upright = false;            ///< two groups stand one above the other, not side by side

  bool operator==(const Scene&) const = default;
};

/// What is said of the scene.  Of two groups the one of large things is named first, of groups alike in size the upper
/// or the left one: "two large blue squares below a small red circle", "a small red circle above two small blue
/// squares".
std::string caption_of(const Scene& scene);

/// The pairs of colour and shape that no training scene holds: red triangle, green star, blue circle, yellow square,
/// purple triangle; 5 of 24.  Each of these colours and shapes occurs in training in other pairs.
bool is_held_out(const SceneGroup& group);

/// Whether one of the scene's groups is held out.
bool is_held_out(const Scene& scene);

}  // namespace recur
