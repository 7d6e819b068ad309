#include "datasets/caption/shapes.h"

#include <random>

#include <fmt/format.h>

#include "core/scramble.h"
#include "core/sha256.h"
#include "datasets/caption/draw_scene.h"
#include "datasets/with_commas.h"

namespace recur {
namespace {

uint64_t seed_of(int64_t seed, SceneSplit split, int64_t index) {
  const auto part = scrambled(static_cast<uint64_t>(seed)) + static_cast<uint64_t>(split);
  return scrambled(scrambled(part) + static_cast<uint64_t>(index));
}

bool is_for_validation(const Scene& scene) {
  const auto caption = caption_of(scene);
  uint64_t hash = 0xCBF29CE484222325;  // FNV-1a, the same on every machine
  for (const char c : caption) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return scrambled(hash) % 8 == 0;
}

bool belongs_to(const Scene& scene, SceneSplit split) {
  if (is_held_out(scene)) return split == SceneSplit::kTest;
  return split == (is_for_validation(scene) ? SceneSplit::kValidation : SceneSplit::kTrain);
}

SceneGroup draw_group(std::mt19937_64& engine) {
  SceneGroup group;  // every draw is a statement of its own: the order of evaluation in an initializer is hard to see
  group.count = 1 + static_cast<int64_t>(engine() % 3);
  group.large = engine() % 2 == 1;
  group.color = engine() % kSceneColors.size();
  group.shape = engine() % kSceneShapes.size();
  return group;
}

Scene draw_any_scene(std::mt19937_64& engine) {
  Scene scene;
  scene.upright = engine() % 2 == 1;
  scene.groups.push_back(draw_group(engine));
  if (engine() % 3 == 0) return scene;
  auto second = draw_group(engine);
  while (second.color == scene.groups[0].color && second.shape == scene.groups[0].shape) second = draw_group(engine);
  scene.groups.push_back(second);
  return scene;
}

CaptionedImages take_scenes(SceneSplit split, const std::string& name, int64_t count, int64_t seed) {
  CaptionedImages images;
  for (int64_t index = 0; index < count; ++index) {
    images.names.push_back(fmt::format("{}-{}", name, index));
    images.captions.push_back({caption_of(simulate_scene(seed, split, index))});
  }
  images.image = [=](int64_t index) { return simulate_scene_image(seed, split, index); };
  images.digest = [image = images.image](int64_t index) {
    const auto pixels = image(index);
    Sha256 sha;
    sha.add({static_cast<const char*>(pixels.const_data_ptr()), pixels.nbytes()});
    return sha.finish();
  };
  return images;
}

}  // namespace

Scene simulate_scene(int64_t seed, SceneSplit split, int64_t index) {
  std::mt19937_64 engine(seed_of(seed, split, index));
  auto scene = draw_any_scene(engine);
  while (!belongs_to(scene, split)) scene = draw_any_scene(engine);
  return scene;
}

torch::Tensor simulate_scene_image(int64_t seed, SceneSplit split, int64_t index) {
  return draw_scene(simulate_scene(seed, split, index), scrambled(seed_of(seed, split, index)));
}

CaptionData simulate_shapes(int64_t examples, int64_t seed) {
  const auto kept = examples * 15 / 100;  // for validation, and for test
  CaptionData data{.train = take_scenes(SceneSplit::kTrain, "train", examples - 2 * kept, seed),
                   .validation = take_scenes(SceneSplit::kValidation, "validation", kept, seed),
                   .test = take_scenes(SceneSplit::kTest, "test", kept, seed),
                   .report = {}};
  data.report = {
      fmt::format("train: {} drawn scenes of coloured shapes", with_commas(data.train.size())),
      fmt::format("validation: {} scenes, none with a caption of training's", with_commas(kept)),
      fmt::format("test: {} scenes, each with a pair of colour and shape that training never shows: red triangle, "
                  "green star, blue circle, yellow square or purple triangle",
                  with_commas(kept)),
  };
  return data;
}

}  // namespace recur
