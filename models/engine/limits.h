// What a cell that is to be fused may have at most.
#pragma once

namespace recur::engine {

inline constexpr int kMostStates = 4, kMostUnits = 8;

}  // namespace recur::engine
