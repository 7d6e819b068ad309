#include "trainers/log/spectrogram_picture.h"

#include <array>
#include <cmath>

#include <ATen/ops/clamp.h>
#include <ATen/ops/quantile.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "trainers/log/canvas.h"
#include "trainers/log/chart.h"

namespace recur {
namespace {

constexpr int64_t kSpectrumWidth = 1080, kSpectrumMargin = 30, kSpectrumHeight = 320;
constexpr int64_t kMarkRows = 3, kRowHeight = 22;
constexpr Colour kPaper{1, 1, 1}, kInk{0.1, 0.1, 0.12}, kFaint{0.45, 0.45, 0.5};
const FontStyle kMarkStyle{.size = 17, .bold = true, .colour = kInk};
const FontStyle kTickStyle{.size = 16, .colour = kFaint};
const FontStyle kTextStyle{.size = 19, .colour = kInk};

/// From black over purple and orange to pale yellow, evenly brighter, so that it reads in grey too.
const std::array<std::array<float, 3>, 6> kPalette{
    {{0, 0, 4}, {59, 15, 112}, {140, 41, 129}, {222, 73, 104}, {254, 159, 109}, {252, 253, 191}}};

/// uint8 [M, T, 3], the first row of the highest sounds.
torch::Tensor coloured(const torch::Tensor& log_mels) {
  const auto values = log_mels.to(torch::kCPU, torch::kFloat32).t().flip(0).contiguous();
  const auto low = at::quantile(values.flatten().slice(0, 0, 1'000'000), 0.01);
  const auto high = at::quantile(values.flatten().slice(0, 0, 1'000'000), 0.99);
  const auto level = ((values - low) / (high - low).clamp_min(1e-6)).clamp(0, 1) * (kPalette.size() - 1);
  const auto palette = at::tensor(at::ArrayRef<float>(kPalette.front().data(), 3 * kPalette.size())).view({-1, 3});
  const auto below = level.floor().clamp_max(static_cast<double>(kPalette.size()) - 2).to(torch::kInt64);
  const auto share = (level - below).unsqueeze(2);
  const auto from = palette.index_select(0, below.flatten()).view({values.size(0), values.size(1), 3});
  const auto to = palette.index_select(0, below.flatten() + 1).view({values.size(0), values.size(1), 3});
  return (from + share * (to - from)).round().to(torch::kUInt8).contiguous();
}

void draw_seconds(Canvas& canvas, double seconds, double pixels_per_second) {
  for (const double tick : nice_ticks(0, seconds, 8)) {
    const auto label = fmt::format("{:g} s", tick + 0.0);  // no negative zero
    const double x = kSpectrumMargin + tick * pixels_per_second - canvas.text_width(label, kTickStyle) / 2;
    canvas.text(x, kSpectrumMargin + kSpectrumHeight + 19, label, kTickStyle);
  }
}

void draw_marks(Canvas& canvas, const std::vector<SpokenMark>& marks, double pixels_per_second) {
  std::array<double, kMarkRows> free_from{};
  for (const auto& mark : marks) {
    const double width = canvas.text_width(mark.text, kMarkStyle);
    const double x = kSpectrumMargin + (mark.begin + mark.end) / 2 * pixels_per_second - width / 2;
    size_t row = 0;
    while (row + 1 < free_from.size() && free_from[row] > x) ++row;
    free_from[row] = x + width + 3;
    const double baseline =
        static_cast<double>(kSpectrumMargin + kSpectrumHeight + 42 + static_cast<int64_t>(row) * kRowHeight);
    canvas.text(x, baseline, mark.text, kMarkStyle);
  }
}

}  // namespace

std::string spectrogram_png(const torch::Tensor& log_mels, double hop_seconds, const std::vector<SpokenMark>& marks,
                            const std::string& text) {
  if (log_mels.dim() != 2 || log_mels.numel() == 0) {
    throw ShapeError(
        fmt::format("spectrogram: expected log mels [T, M], got [{}]", fmt::join(log_mels.sizes().vec(), ", ")));
  }
  const int64_t inside = kSpectrumWidth - 2 * kSpectrumMargin;
  const double seconds = static_cast<double>(log_mels.size(0)) * hop_seconds;
  const double pixels_per_second = static_cast<double>(inside) / seconds;
  const int64_t below = marks.empty() ? 30 : 30 + kMarkRows * kRowHeight;
  Canvas measure(1, 1, kPaper);
  const auto lines = measure.wrap(text, kTextStyle, static_cast<double>(inside));
  const auto text_height = static_cast<int64_t>(lines.size()) * 28;
  Canvas canvas(kSpectrumWidth, kSpectrumMargin + kSpectrumHeight + below + text_height + kSpectrumMargin, kPaper);
  canvas.image(kSpectrumMargin, kSpectrumMargin,
               resize_image(coloured(log_mels), {.height = kSpectrumHeight, .width = inside}));
  draw_seconds(canvas, seconds, pixels_per_second);
  draw_marks(canvas, marks, pixels_per_second);
  auto baseline = static_cast<double>(kSpectrumMargin + kSpectrumHeight + below + 20);
  for (const auto& line : lines) {
    canvas.text(kSpectrumMargin, baseline, line, kTextStyle);
    baseline += 28;
  }
  return canvas.png();
}

}  // namespace recur
