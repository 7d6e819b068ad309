// What a classifier of two numbers says everywhere in the plane.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/types.h>

namespace recur {

/// A plane with its regions and points.
struct DecisionRegions {
  std::vector<std::string> labels = {};  ///< the classes' names
  std::string x_label = {}, y_label = {};
  double left = 0, right = 1, bottom = 0, top = 1;  ///< what the grid covers
  torch::Tensor said = {};    ///< [R, C] int64: the class at the middle of each field, top row first
  torch::Tensor points = {};  ///< [N, 2]
  torch::Tensor truth = {};   ///< [N] int64: the class that each point is of
};

/// As one `<svg>` element: the regions pale, the points on top in the colour of their own class.  There are six
/// colours, which begin again with the seventh class.
/// `standalone`: as a file of its own; otherwise the page must hold chart_css() once.  All names are escaped.
/// @throws ShapeError
std::string decision_regions_svg(const DecisionRegions& regions, bool standalone = true);

}  // namespace recur
