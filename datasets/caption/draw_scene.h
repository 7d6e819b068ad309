// A scene as a picture.
#pragma once

#include <cstdint>

#include <torch/types.h>

#include "datasets/caption/scene.h"

namespace recur {

inline constexpr int64_t kSceneSide = 64;  ///< pixels

/// The scene on a dark, slightly noisy and uneven background, uint8 [64, 64, 3]: a pure function of its arguments.
/// `seed` decides where in its half each thing stands, its exact size and shade, and the background.
///
/// Things have smooth edges and never touch.  A small one is 10.5 to 11.5 pixels wide, a large one 17.5 to 18.5.  The
/// things of a group stand in a row along the border between two groups.  The groups' centres are nearly in line, so
/// that a group above another one is not also to its left.
torch::Tensor draw_scene(const Scene& scene, uint64_t seed);

}  // namespace recur
