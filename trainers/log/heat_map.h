// Numbers as colours on the page's own paper, so that one picture serves light and dark.
#pragma once

#include <string>

#include <torch/types.h>

namespace recur {

enum class HeatColours {
  kOpenness,  ///< 0 paper ... 1 green
  kSigned,    ///< -1 blue ... 0 paper ... 1 orange; as Okabe and Ito (2008), told apart by the colour-blind
};

/// A PNG file's bytes: one pixel for each of `values` [rows, columns], the more transparent the nearer to 0.  What lies
/// beyond the range has its end's colour, what is not finite none.
std::string heat_map_png(const torch::Tensor& values, HeatColours colours);

/// The same colour for CSS.
std::string heat_css(double value, HeatColours colours);

}  // namespace recur
