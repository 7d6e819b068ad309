#include "trainers/log/canvas.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include <ATen/ATen.h>

#include <cairo.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "datasets/text/tokenizer.h"
#include "datasets/text/utf8.h"
#include "trainers/log/format.h"

namespace recur {
namespace {

constexpr const char* kFont = "DejaVu Sans";

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;

void check(cairo_status_t status) {
  if (status == CAIRO_STATUS_SUCCESS) return;
  throw Error(fmt::format("drawing a picture: cairo says \"{}\"", cairo_status_to_string(status)));
}

/// Makes `style` the font of what follows.
void use(cairo_t* cairo, const FontStyle& style) {
  cairo_select_font_face(cairo, kFont, CAIRO_FONT_SLANT_NORMAL,
                         style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cairo, style.size);
  cairo_set_source_rgb(cairo, style.colour.red, style.colour.green, style.colour.blue);
  // Without any font cairo draws ASCII in strokes of its own and boxes for all else.
  if (cairo_scaled_font_get_type(cairo_get_scaled_font(cairo)) == CAIRO_FONT_TYPE_USER) {
    throw Error(
        "drawing a picture: found no font, expected one that fontconfig knows (`fc-list` shows them); install "
        "DejaVu Sans, on Debian the package fonts-dejavu-core");
  }
}

/// Where to break a word that is wider than a line: behind as many characters as fit, at least one.
size_t end_of_line(const Canvas& canvas, std::string_view word, const FontStyle& style, double width) {
  size_t end = 0;
  next_code_point(word, end);
  for (size_t next = end; next < word.size(); end = next) {
    next_code_point(word, next);
    if (canvas.text_width(word.substr(0, next), style) > width) break;
  }
  return end;
}

}  // namespace

Canvas::Canvas(int64_t width, int64_t height, const Colour& paper) {
  const Surface surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(width), static_cast<int>(height)),
      &cairo_surface_destroy);
  check(cairo_surface_status(surface.get()));
  cairo_ = cairo_create(surface.get());
  cairo_set_source_rgb(cairo_, paper.red, paper.green, paper.blue);
  cairo_paint(cairo_);
}

Canvas::~Canvas() {
  cairo_destroy(cairo_);
}

double Canvas::text_width(std::string_view text, const FontStyle& style) const {
  use(cairo_, style);
  cairo_text_extents_t extents;
  cairo_text_extents(cairo_, printable(text).c_str(), &extents);
  check(cairo_status(cairo_));
  return extents.x_advance;
}

std::vector<std::string> Canvas::wrap(std::string_view text, const FontStyle& style, double width) const {
  std::vector<std::string> lines;
  split_whitespace(printable(text), [&](std::string_view word) {
    if (!lines.empty()) {
      const std::string longer = fmt::format("{} {}", lines.back(), word);
      if (text_width(longer, style) <= width) {
        lines.back() = longer;
        return;
      }
    }
    while (text_width(word, style) > width) {
      const size_t end = end_of_line(*this, word, style, width);
      if (end == word.size()) break;
      lines.emplace_back(word.substr(0, end));
      word.remove_prefix(end);
    }
    lines.emplace_back(word);
  });
  return lines;
}

void Canvas::text(double x, double baseline, std::string_view text, const FontStyle& style) {
  use(cairo_, style);
  cairo_move_to(cairo_, x, baseline);
  cairo_show_text(cairo_, printable(text).c_str());
  check(cairo_status(cairo_));
}

void Canvas::image(int64_t x, int64_t y, const torch::Tensor& image) {
  const auto height = static_cast<int>(image.size(0)), width = static_cast<int>(image.size(1));
  // Cairo's pixels are 32-bit numbers 0xXXRRGGBB: in memory, of all machines that LibTorch runs on, blue comes first.
  const torch::Tensor pixels = at::constant_pad_nd(image.flip(2), {0, 1}).contiguous();
  const Surface surface(cairo_image_surface_create_for_data(pixels.mutable_data_ptr<uint8_t>(), CAIRO_FORMAT_RGB24,
                                                            width, height, 4 * width),
                        &cairo_surface_destroy);
  cairo_set_source_surface(cairo_, surface.get(), static_cast<double>(x), static_cast<double>(y));
  cairo_paint(cairo_);
  cairo_set_source_rgb(cairo_, 0, 0, 0);  // lets go of the surface, whose pixels end here
  check(cairo_status(cairo_));
}

std::string Canvas::png() const {
  std::string bytes;
  const auto append = [](void* all, const unsigned char* data, unsigned int length) {
    static_cast<std::string*>(all)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
  };
  check(cairo_surface_write_to_png_stream(cairo_get_target(cairo_), append, &bytes));
  return bytes;
}

ImageSize fitted_size(const torch::Tensor& image, ImageSize box) {
  if (image.dim() != 3 || image.size(2) != 3 || image.numel() == 0 || image.scalar_type() != at::kByte) {
    throw ShapeError(fmt::format("picture: got an image {} [{}], expected uint8 [H, W, 3]",
                                 c10::toString(image.scalar_type()), fmt::join(image.sizes(), ", ")));
  }
  const auto height = static_cast<double>(image.size(0)), width = static_cast<double>(image.size(1));
  const double scale = std::min(static_cast<double>(box.height) / height, static_cast<double>(box.width) / width);
  return {.height = std::max<int64_t>(std::llround(scale * height), 1),
          .width = std::max<int64_t>(std::llround(scale * width), 1)};
}

}  // namespace recur
