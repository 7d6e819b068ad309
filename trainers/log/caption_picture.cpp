#include "trainers/log/caption_picture.h"

#include <algorithm>
#include <cstdint>

#include <ATen/ATen.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "trainers/log/canvas.h"
#include "trainers/log/format.h"

namespace recur {
namespace {

constexpr int64_t kCaptionWidth = 1080, kCaptionMargin = 32, kGap = 16;
constexpr ImageSize kImageBox{.height = 300, .width = 420};
constexpr double kLineHeight = 1.35;  // of a text's size
constexpr int64_t kWordHeight = 26;   // above its picture
constexpr int64_t kHighestCell = 220;
// Where no attention is, the image is grey and dim, though not so dim that nothing is seen of it; where it is highest,
// the image has its colours and a glow over them, by which it is told from dark parts of the image.
constexpr double kDim = 0.4, kDarkest = 22;
constexpr double kGlow = 0.38;
constexpr float kGlowColour[] = {255, 222, 125};
constexpr Colour kPaper{.red = 1, .green = 1, .blue = 1};
constexpr Colour kInk{.red = 0.12, .green = 0.14, .blue = 0.16};
constexpr FontStyle kCaption{.size = 26, .colour = kInk};
constexpr FontStyle kWord{.size = 17, .bold = true, .colour = kInk};
constexpr double kSmallestWord = 12;

/// Where things stand.
struct Layout {
  ImageSize image{};  // of the picture above
  std::vector<std::string> caption;
  int64_t top_height = 0;
  int64_t columns = 0, rows = 0;
  int64_t column = 0;  // its width
  ImageSize cell{};    // of a word's picture, in the middle of its column

  int64_t caption_x() const { return kCaptionMargin + image.width + 2 * kGap; }
  int64_t cell_y(int64_t row) const {
    return kCaptionMargin + top_height + 2 * kGap + row * (kWordHeight + cell.height + kGap) + kWordHeight;
  }
  int64_t height() const {
    return rows == 0 ? top_height + 2 * kCaptionMargin : cell_y(rows) - kWordHeight - kGap + kCaptionMargin;
  }
};

Layout layout_of(const torch::Tensor& image, int64_t words, const std::string& caption_line) {
  Layout layout;
  layout.image = fitted_size(image, kImageBox);
  const Canvas measure(1, 1, kPaper);
  layout.caption =
      measure.wrap(caption_line, kCaption, static_cast<double>(kCaptionWidth - kCaptionMargin - layout.caption_x()));
  const auto lines = static_cast<double>(layout.caption.size());
  layout.top_height = std::max(layout.image.height, static_cast<int64_t>(lines * kLineHeight * kCaption.size));
  layout.columns = image.size(1) > 2 * image.size(0) ? 3 : 5;
  layout.rows = (words + layout.columns - 1) / layout.columns;
  layout.column = (kCaptionWidth - 2 * kCaptionMargin - (layout.columns - 1) * kGap) / layout.columns;
  layout.cell = fitted_size(image, {.height = kHighestCell, .width = layout.column});
  return layout;
}

void draw_caption(Canvas& canvas, const Layout& layout) {
  const double step = kLineHeight * kCaption.size;
  const double used = step * static_cast<double>(layout.caption.size());
  // The letters of a line stand, by eye, in its middle when their baseline is at 7 tenths of it.
  double baseline = kCaptionMargin + (static_cast<double>(layout.top_height) - used) / 2 + 0.7 * step;
  for (const std::string& line : layout.caption) {
    canvas.text(static_cast<double>(layout.caption_x()), baseline, line, kCaption);
    baseline += step;
  }
}

/// The word in the middle above its picture, smaller or cut if it is too wide.
void draw_word(Canvas& canvas, int64_t x, int64_t y, int64_t width, std::string word) {
  const auto room = static_cast<double>(width);
  FontStyle style = kWord;
  while (style.size > kSmallestWord && canvas.text_width(word, style) > room) --style.size;
  for (int columns = display_width(word); columns > 1 && canvas.text_width(word, style) > room;) {
    word = fit_width(word, --columns);
  }
  const double left = static_cast<double>(x) + (room - canvas.text_width(word, style)) / 2;
  canvas.text(left, static_cast<double>(y) - 8, word, style);
}

/// [T, h, w] -> [T, height, width], 1 where a word's attention is highest.
torch::Tensor light_of(const torch::Tensor& attention, const ImageSize& size) {
  const torch::Tensor usable =
      attention.detach().to(at::kCPU, at::kFloat).nan_to_num(0, 0, 0).clamp_min(0).unsqueeze(1);
  const torch::Tensor smooth = at::upsample_bicubic2d(usable, {size.height, size.width}, false).squeeze(1).clamp_min(0);
  return smooth / smooth.amax({1, 2}, true).clamp_min(1e-30);
}

void draw_words(Canvas& canvas, const Layout& layout, const torch::Tensor& image, const std::vector<std::string>& words,
                const torch::Tensor& attention) {
  const torch::Tensor small = resize_image(image, layout.cell).to(at::kFloat);
  const torch::Tensor dark = kDarkest + kDim * small.mean(2, true);
  const torch::Tensor bright = at::lerp(small, at::tensor(at::ArrayRef<float>(kGlowColour)).expand_as(small), kGlow);
  const torch::Tensor light = light_of(attention, layout.cell);
  for (size_t i = 0; i < words.size(); ++i) {
    const auto index = static_cast<int64_t>(i);
    const int64_t x = kCaptionMargin + index % layout.columns * (layout.column + kGap);
    const int64_t y = layout.cell_y(index / layout.columns);
    const torch::Tensor lit = at::lerp(dark.expand_as(bright), bright, light[index].unsqueeze(-1));
    draw_word(canvas, x, y, layout.column, words[i]);
    canvas.image(x + (layout.column - layout.cell.width) / 2, y, lit.round().to(at::kByte));
  }
}

}  // namespace

std::string caption_picture_png(const torch::Tensor& image, const std::vector<std::string>& words,
                                const torch::Tensor& attention, const std::string& caption_line) {
  const auto count = attention.defined() ? static_cast<int64_t>(words.size()) : 0;
  if (attention.defined() &&
      (attention.dim() != 3 || attention.size(0) != count || attention.size(1) * attention.size(2) == 0)) {
    throw ShapeError(fmt::format("caption picture: got attention [{}], expected [{}, h, w] for {} words",
                                 fmt::join(attention.sizes(), ", "), count, count));
  }
  const Layout layout = layout_of(image, count, caption_line);
  Canvas canvas(kCaptionWidth, layout.height(), kPaper);
  canvas.image(kCaptionMargin, kCaptionMargin + (layout.top_height - layout.image.height) / 2,
               resize_image(image, layout.image));
  draw_caption(canvas, layout);
  if (count > 0) draw_words(canvas, layout, image, words, attention);
  return canvas.png();
}

}  // namespace recur
