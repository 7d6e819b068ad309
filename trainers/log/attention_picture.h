// Where each word of a translation looked, as a picture.
#pragma once

#include <string>
#include <vector>

#include <torch/types.h>

namespace recur {

/// An SVG for a page, in light and dark: a row for each written token and a column for each one that was read; the
/// darker a field, the more of the row's attention lies there.  All texts are escaped.
/// `weights`: [written, read], each row summing to one.
/// @throws ShapeError if the sizes differ.
std::string attention_svg(const std::vector<std::string>& read, const std::vector<std::string>& written,
                          const torch::Tensor& weights);

}  // namespace recur
