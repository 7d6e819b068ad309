// A picture of pixels with texts in it, by cairo.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <torch/types.h>

#include "datasets/image/operations.h"

using cairo_t = struct _cairo;  // as <cairo.h> has it, which only canvas.cpp needs

namespace recur {

struct Colour {
  double red = 0, green = 0, blue = 0;  ///< 0 ... 1
};

struct FontStyle {
  double size = 16;  ///< pixels
  bool bold = false;
  Colour colour = {};
};

/// Lengths and places are pixels, (0, 0) the upper left corner.  Texts are UTF-8, in the font DejaVu Sans or what this
/// machine has instead; a character that it does not have is drawn as a box, a control character as '?'.
class Canvas {
 public:
  /// @throws Error if cairo has no such size (32767 a side at most).
  Canvas(int64_t width, int64_t height, const Colour& paper);
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  double text_width(std::string_view text, const FontStyle& style) const;

  /// `text` in lines of at most `width`, broken at blanks, and inside words that are wider than a line.
  std::vector<std::string> wrap(std::string_view text, const FontStyle& style, double width) const;

  /// Draws a line of text whose left end stands at (x, baseline).
  /// @throws Error if this machine has no font, or if the text is not UTF-8.
  void text(double x, double baseline, std::string_view text, const FontStyle& style);

  /// Draws an image, uint8 [H, W, 3], with its upper left corner at (x, y).
  void image(int64_t x, int64_t y, const torch::Tensor& image);

  /// The picture as a PNG file's bytes.
  /// @throws Error
  std::string png() const;

 private:
  cairo_t* cairo_;
};

/// The largest size of the image's proportions inside `box`; at least one pixel.
/// @throws ShapeError if the image is not uint8 [H >= 1, W >= 1, 3].
ImageSize fitted_size(const torch::Tensor& image, ImageSize box);

}  // namespace recur
