// From sound to frames: as fitted, as saved, as a stream, by speaker.
#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/speech/sound_pipeline.h"

namespace recur::this_file {
namespace {

std::vector<Utterance> utterances() {
  std::vector<Utterance> all;
  for (int64_t k = 0; k < 6; ++k) {
    torch::manual_seed(k);
    const auto samples = (0.1 + 0.1 * (k % 2)) * at::randn({3000 + 100 * k});
    all.push_back({.name = fmt::format("{}", k),
                   .text = "x",
                   .speaker = k % 2 == 0 ? "ann" : "bob",
                   .seconds = static_cast<double>(samples.size(0)) / 8000,
                   .read = [samples] {
                     return Audio{samples, 8000};
                   }});
  }
  return all;
}

SoundPipeline fitted(const std::string& normalization) {
  return SoundPipeline::fit(utterances(), {.mels = 12, .normalization = normalization, .prior_frames = 20}, 1, {});
}

TEST(SoundPipeline, GivesTrainingFramesMeanZeroAndDeviationOne) {
  const auto pipeline = fitted("global");
  std::vector<torch::Tensor> frames;
  for (const auto& utterance : utterances()) {
    frames.push_back(pipeline.frames_of(pipeline.samples_of(utterance.read())));
    EXPECT_EQ(frames.back().size(0), pipeline.frames(utterance.seconds));
  }
  const auto all = at::cat(frames);
  EXPECT_LT(all.mean(0).abs().max().item<double>(), 1e-4);
  EXPECT_LT((all.std(0, /*unbiased=*/false) - 1).abs().max().item<double>(), 1e-4);
}

TEST(SoundPipeline, KnowsItsSpeakers) {
  const auto pipeline = fitted("speaker");
  const auto all = utterances();
  const auto speakers = pipeline.speaker_statistics(all);
  ASSERT_NE(speakers.find("ann"), nullptr);
  EXPECT_EQ(speakers.find("eve"), nullptr);
  std::vector<torch::Tensor> frames;
  for (const auto& utterance : all) {
    if (utterance.speaker != "ann") continue;
    frames.push_back(pipeline.frames_of(pipeline.samples_of(utterance.read()), speakers.find("ann")));
  }
  EXPECT_LT(at::cat(frames).mean(0).abs().max().item<double>(), 1e-4);
  EXPECT_EQ(fitted("global").speaker_statistics(all).find("ann"), nullptr);
}

TEST(SoundPipeline, IsTheSameAfterSaving) {
  for (const auto* normalization : {"global", "running"}) {
    const auto pipeline = fitted(normalization);
    const auto again = SoundPipeline::from_json(pipeline.options(), pipeline.to_json());
    const auto samples = utterances().front().read().samples;
    EXPECT_TRUE(again.frames_of(samples).equal(pipeline.frames_of(samples))) << normalization;
  }
}

TEST(SoundStream, GivesTheFramesOfTheWholeWhateverThePieces) {
  for (const auto* normalization : {"global", "running", "none"}) {
    const auto pipeline = fitted(normalization);
    const auto samples = utterances().back().read().samples;
    const auto whole = pipeline.frames_of(samples);
    for (const int64_t piece : {1, 37, 800, 10000}) {
      SoundStream stream(pipeline);
      std::vector<torch::Tensor> frames;
      for (int64_t n = 0; n < samples.size(0); n += piece)
        frames.push_back(stream.push(samples.slice(0, n, n + piece)));
      frames.push_back(stream.finish());
      const auto all = at::cat(frames);
      ASSERT_EQ(all.sizes(), whole.sizes()) << normalization << ", pieces of " << piece;
      EXPECT_TRUE(all.allclose(whole, 1e-5, 1e-5)) << normalization << ", pieces of " << piece;
    }
  }
}

TEST(SoundStream, RefusesWhatMustHearTheEnd) {
  EXPECT_THROW(SoundStream(fitted("utterance")), ConfigError);
  EXPECT_THROW(SoundStream(fitted("speaker")), ConfigError);
}

}  // namespace
}  // namespace recur::this_file
