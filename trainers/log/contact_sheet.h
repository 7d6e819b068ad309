// Captions beside their images: the best and the worst, on one sheet.
#pragma once

#include <string>
#include <vector>

#include <torch/types.h>

namespace recur {

struct SheetEntry {
  torch::Tensor image = {};                  ///< uint8 [H, W, 3]
  std::string said = {};                     ///< the model's caption
  std::vector<std::string> references = {};  ///< what people said
  double score = 0;
  std::string score_name = {};  ///< e.g. "CIDEr"; empty: no score is shown
};

/// A section of report.html: a card for each entry, under the headings "The best" and "The worst"; one without entries
/// is left out.  Images are scaled to 240 pixels on their longer side and lie in it as JPEG; all texts are escaped.  It
/// uses the colours that the report's page defines, in light and dark, and has its own style sheet in it.
/// @throws ShapeError if an image is none.
std::string contact_sheet_html(const std::vector<SheetEntry>& good, const std::vector<SheetEntry>& bad);

}  // namespace recur
