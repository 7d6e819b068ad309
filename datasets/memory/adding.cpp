#include "datasets/memory/adding.h"

namespace recur {

float draw_adding(torch::Tensor x, Draw& draw) {
  const int64_t T = x.size(0), half = T / 2;
  auto rows = x.accessor<float, 2>();
  for (int64_t t = 0; t < T; ++t) {
    rows[t][0] = draw.uniform();
    rows[t][1] = 0;
  }
  const int64_t first = draw.below(half), second = half + draw.below(T - half);
  rows[first][1] = rows[second][1] = 1;
  return rows[first][0] + rows[second][0];
}

}  // namespace recur
