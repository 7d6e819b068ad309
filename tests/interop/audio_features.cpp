// Sound by Python's libraries and by ours: _audio_oracle.py writes sound files (and takes real ones that are there) and
// options, this program reads them, resamples and computes features, and the script compares that with soundfile, soxr,
// librosa and numpy, and runs the exported TorchScript in Python's torch.
// Skips where no Python with torch and librosa is at hand.
#include <cstdlib>
#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/config_tree.h"
#include "core/files.h"
#include "datasets/audio/audio_file.h"
#include "datasets/audio/features.h"
#include "datasets/audio/normalization.h"
#include "datasets/audio/resample.h"
#include "datasets/audio/torchscript.h"
#include "trainers/archive.h"

namespace recur::this_file {
namespace {

namespace fs = std::filesystem;
using Dictionary = c10::Dict<std::string, torch::Tensor>;

std::set<fs::path> files_in(const fs::path& folder) {
  return {fs::directory_iterator(folder), {}};
}

/// By a file's name: its samples.
std::map<std::string, Audio> read_sounds(const fs::path& folder) {
  std::map<std::string, Audio> sounds;
  for (const auto& path : files_in(folder)) sounds[path.filename().string()] = read_audio(path);
  return sounds;
}

/// KIND.data.pt: NAME.resampled, NAME.frames and NAME.running.  KIND.statistics.json, KIND.pt: the TorchScript.
void write_features(const fs::path& config, const std::map<std::string, Audio>& sounds, const fs::path& folder) {
  const auto kind = config.stem().string();
  const auto options = read_options<AudioFeatureOptions>(load_config(config.string()));
  const AudioFeatures features(options);
  StatisticsAccumulator all;
  Dictionary data;
  for (const auto& [name, audio] : sounds) {
    const auto samples = resample(audio.samples, audio.sample_rate, options.sample_rate);
    const auto frames = features.compute(samples);
    all.add(frames);
    data.insert(name + ".resampled", samples);
    data.insert(name + ".frames", frames);
  }
  const auto statistics = all.statistics();
  for (const auto& [name, audio] : sounds) {
    data.insert(name + ".running",
                normalise_running(data.at(name + ".frames"), statistics, static_cast<double>(options.prior_frames)));
  }
  write_file_atomically(folder / (kind + ".data.pt"), pack_archive(data));
  write_file_atomically(folder / (kind + ".statistics.json"), statistics.to_json());
  audio_features_to_torchscript(options, &statistics).save((folder / (kind + ".pt")).string());
}

TEST(AudioInPython, GivesTheSameSamplesFramesAndExport) {
  const std::string python = RECUR_PYTHON;
  const auto finds = R"(import sys, importlib.util as u; sys.exit(not all(map(u.find_spec, ("torch", "librosa")))))";
  if (std::system(fmt::format("'{}' -c '{}' 2>/dev/null", python, finds).c_str()) != 0) {
    GTEST_SKIP() << "needs a Python with torch and librosa; the build found \"" << python << "\"";
  }
  const auto folder = fs::temp_directory_path() / fmt::format("recur-audio-{}", getpid());
  fs::create_directories(folder / "sounds");
  fs::create_directories(folder / "kinds");
  const auto script = [&](const std::string& step) {
    return std::system(fmt::format("'{}' -B '{}/tests/interop/_audio_oracle.py' {} '{}'", python, RECUR_SOURCE_DIR,
                                   step, folder.string())
                           .c_str());
  };
  ASSERT_EQ(script("write"), 0);
  const auto sounds = read_sounds(folder / "sounds");
  Dictionary samples;
  for (const auto& [name, audio] : sounds) samples.insert(name, audio.samples);
  write_file_atomically(folder / "samples.pt", pack_archive(samples));
  for (const auto& config : files_in(folder / "kinds")) write_features(config, sounds, folder);
  EXPECT_EQ(script("check"), 0);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace recur::this_file
