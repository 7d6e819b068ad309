// Images by Pillow's rules and by ours: _image_oracle.py makes files of every kind, good and bad, this program decodes,
// resizes and writes them, and the script compares that with Pillow, colorsys, and the exported transform run by
// Python's torch.  Skips where no Python with torch and Pillow is at hand.
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <ATen/core/Dict.h>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "core/error.h"
#include "core/files.h"
#include "datasets/image/image_file.h"
#include "datasets/image/operations.h"
#include "datasets/image/transform.h"
#include "trainers/archive.h"

namespace recur::this_file {
namespace {

using Path = std::filesystem::path;
using Tensors = c10::Dict<std::string, torch::Tensor>;

void write_tensors(const Path& path, const Tensors& tensors) {
  write_file_atomically(path, pack_archive(tensors));
}

void decode_good(const Path& folder, const std::string& kind) {
  Tensors decoded;
  for (const auto& file : std::filesystem::directory_iterator(folder / kind)) {
    const auto image = read_image(file.path());
    EXPECT_TRUE(image.is_contiguous()) << file.path();
    const auto header = read_image_header(file.path());
    EXPECT_EQ(header.format, file.path().extension() == ".png" ? "PNG" : "JPEG");
    const std::multiset<int64_t> sides{header.height, header.width};
    EXPECT_EQ(sides, (std::multiset<int64_t>{image.size(0), image.size(1)})) << file.path();
    decoded.insert(file.path().filename().string(), image);
  }
  write_tensors(folder / (kind + ".pt"), decoded);
}

void refuse_bad(const Path& folder) {
  nlohmann::json said;
  for (const auto& file : std::filesystem::directory_iterator(folder / "bad")) {
    auto& words = said[file.path().filename().string()];
    words = "decoded";
    try {
      read_image(file.path());
    } catch (const DataError& error) {
      words = error.what();
    }
  }
  write_file_atomically(folder / "bad.json", said.dump());
}

void transform_and_encode(const Path& folder) {
  const auto list = unpack_archive(read_file(folder / "photos.pt"));
  std::vector<torch::Tensor> photos;
  for (const auto& photo : list.toListRef()) photos.push_back(photo.toTensor());
  const ImageTransform transform({.size = 51, .resize = 64});
  for (size_t k = 0; k < photos.size(); ++k) {
    const auto prepared = transform.prepare(photos[k]);
    Tensors seen;
    seen.insert("prepared", prepared);
    seen.insert("evaluated", transform.evaluate(prepared));
    write_tensors(folder / fmt::format("transformed{}.pt", k), seen);
  }
  transform.to_torchscript().save((folder / "transform.pt").string());
  write_file_atomically(folder / "encoded.png", encode_png(photos.at(0)));
  for (const int quality : {30, 75, 95}) {
    write_file_atomically(folder / fmt::format("encoded{}.jpg", quality), encode_jpeg(photos.at(0), quality));
  }

  const auto colors = to_colors(photos.at(3));
  Tensors changed;
  changed.insert("original", colors);
  for (const double factor : {0.0, 0.4, 1.0, 1.7}) {
    changed.insert(fmt::format("brightness {}", factor), adjust_brightness(colors, factor));
    changed.insert(fmt::format("contrast {}", factor), adjust_contrast(colors, factor));
    changed.insert(fmt::format("saturation {}", factor), adjust_saturation(colors, factor));
    changed.insert(fmt::format("hue {}", factor / 2 - 0.4), adjust_hue(colors, factor / 2 - 0.4));
  }
  write_tensors(folder / "colors.pt", changed);
}

TEST(ImagesInPython, AreTheSameByPillow) {
  const std::string python = RECUR_PYTHON;
  if (std::system(fmt::format("'{}' -c 'import torch, PIL' 2>/dev/null", python).c_str()) != 0) {
    GTEST_SKIP() << "needs a Python with torch and Pillow; the build found \"" << python << "\"";
  }
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("recur-images-{}", getpid());
  std::filesystem::create_directories(folder);
  const auto script = [&](const std::string& step) {
    return std::system(fmt::format("'{}' -B '{}/tests/interop/_image_oracle.py' {} '{}'", python, RECUR_SOURCE_DIR,
                                   step, folder.string())
                           .c_str());
  };
  ASSERT_EQ(script("write"), 0);
  decode_good(folder, "good");
  decode_good(folder, "real");
  refuse_bad(folder);
  transform_and_encode(folder);
  EXPECT_EQ(script("check"), 0);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace recur::this_file
