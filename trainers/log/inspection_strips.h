// Every gate and state of a layer over one axis of time, with what to look for in each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trainers/inspection.h"

namespace recur {

/// Gates that are worth a picture: an RNN's only one is its next state.
std::vector<int64_t> shown_gates(const InspectedLayer& layer);

/// The pictures, units sorted by how long they keep their state; the page must hold time_strips_css() once.
std::string inspection_strips(const InspectedLayer& layer);

}  // namespace recur
