// How often each unit's gate is shut or open for good (Karpathy, Johnson, Fei-Fei, Visualizing and understanding
// recurrent networks, 2015, figure 3).
#pragma once

#include <string>

#include <torch/types.h>

namespace recur {

/// A small SVG for a page: each unit a dot, to the right the share of steps at which its gate is shut (below 0.1),
/// upwards that at which it is open (above 0.9).  `values`: [T, H], 0 to 1.
std::string saturation_chart(const std::string& gate, const torch::Tensor& values);

/// The page's style for those that stand together in a `<div class="saturation">`.
std::string saturation_css();

}  // namespace recur
