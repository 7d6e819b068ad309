// The built-in captioned images: scenes of coloured shapes, drawn by the program.  No download, the same on every
// machine, and with a question that learning by heart does not answer.
#pragma once

#include <cstdint>

#include "datasets/caption/read_captions.h"
#include "datasets/caption/scene.h"

namespace recur {

enum class SceneSplit { kTrain, kValidation, kTest };

/// Scene `index` of a split: a pure function of its arguments.  About one scene in five has one group, the others two.
///
///   train       no held-out pair of colour and shape (scene.h), and no scene of the validation split
///   validation  no held-out pair; the one scene in eight, by a hash of its caption, that never occurs in training
///   test        one held-out pair or two in every scene
Scene simulate_scene(int64_t seed, SceneSplit split, int64_t index);

/// The picture of that scene.
torch::Tensor simulate_scene_image(int64_t seed, SceneSplit split, int64_t index);

/// `examples` scenes, 70 % of them for training, 15 % for validation and 15 % for test, with one caption each.
CaptionData simulate_shapes(int64_t examples, int64_t seed);

}  // namespace recur
