// The spectrogram's picture: loud is bright, low is below, and every mark is drawn.
#include <ATen/ops/zeros.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/image/image_file.h"
#include "trainers/log/spectrogram_picture.h"

namespace recur::this_file {
namespace {

torch::Tensor picture(const torch::Tensor& log_mels, const std::vector<SpokenMark>& marks, const std::string& text) {
  return decode_image(spectrogram_png(log_mels, 0.01, marks, text), "spectrogram");
}

/// Mean brightness of a part of the spectrum, in shares of its height (0 above) and width.
double brightness(const torch::Tensor& image, double top, double bottom, double left, double right) {
  const auto y = [](double share) { return 30 + static_cast<int64_t>(share * 320); };
  const auto x = [](double share) { return 30 + static_cast<int64_t>(share * 1020); };
  return image.slice(0, y(top), y(bottom)).slice(1, x(left), x(right)).to(torch::kFloat64).mean().item<double>();
}

TEST(SpectrogramPicture, ShowsLowSoundsBelowAndTimeToTheRight) {
  auto log_mels = at::zeros({100, 40});
  log_mels.slice(0, 50, 100).slice(1, 0, 10) += 5;  // the second half, the lowest quarter
  const auto image = picture(log_mels, {}, "");
  EXPECT_EQ(image.size(1), 1080);
  EXPECT_GT(brightness(image, 0.8, 0.95, 0.6, 0.95), 200);
  EXPECT_LT(brightness(image, 0.8, 0.95, 0.05, 0.45), 20);
  EXPECT_LT(brightness(image, 0.05, 0.7, 0.05, 0.95), 20);
}

TEST(SpectrogramPicture, DrawsMarksAndText) {
  const auto log_mels = at::zeros({100, 40});
  const auto without = picture(log_mels, {}, "");
  const auto with = picture(log_mels, {{"a", 0.1, 0.2}, {"\u2423", 0.5, 0.6}}, "a < b, whatever it is");
  EXPECT_GT(with.size(0), without.size(0));
  const auto ink = with.slice(0, 380, 420).to(torch::kFloat64).mean(2).lt(128).any(0);  // columns with a mark in them
  EXPECT_TRUE(ink.slice(0, 30 + 102, 30 + 204).any().item<bool>());
  EXPECT_FALSE(ink.slice(0, 30 + 300, 30 + 450).any().item<bool>());
}

TEST(SpectrogramPicture, TakesOneFrameAndSilence) {
  EXPECT_NO_THROW(picture(at::zeros({1, 1}), {}, "x"));
  EXPECT_THROW(spectrogram_png(at::zeros({0, 4}), 0.01, {}, ""), ShapeError);
}

}  // namespace
}  // namespace recur::this_file
