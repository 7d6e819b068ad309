#pragma once

#include <torch/types.h>

#include "datasets/draw.h"

namespace recur {

/// The adding problem of Hochreiter & Schmidhuber, Long short-term memory, 1997 (experiment 5), in the form of Le et
/// al., A simple way to initialize recurrent networks of rectified linear units, 2015: T steps with a number from
/// U(0, 1) and a marker, which is 1 at two steps and 0 at all others; one lies in the first half, one in the second
/// (Arjovsky et al. 2016).
/// @param x     [T, 2] float32 to be filled: number, marker; T at least 2
/// @param draw  numbers and places
/// @returns     the sum of both marked numbers: 1 on average, with a variance of 1/6
float draw_adding(torch::Tensor x, Draw& draw);

}  // namespace recur
