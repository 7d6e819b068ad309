// A confusion matrix as a picture: what a classifier takes for what.
#pragma once

#include <string>

#include "trainers/metrics/classification.h"

namespace recur {

/// The confusion matrix as one `<svg>` element: a row for each true class, a column for each predicted one; a cell's
/// colour is its share of the row, blue for right and orange for wrong.  Up to 12 classes a cell shows count and share,
/// above that its count; the rest is in the cell's tooltip.  Texts keep a readable size on a narrow screen: a picture
/// that is too wide for it belongs in an element that scrolls (`<div class="scroll">`).
/// `standalone`: as a file of its own; otherwise the page must hold chart_css() once.  All names are escaped.
std::string confusion_svg(const ClassificationScore& score, bool standalone = true);

}  // namespace recur
