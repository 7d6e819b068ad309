// All that CTC's searches choose from, written out.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include <ATen/ATen.h>

namespace recur {

using Labels = std::vector<int64_t>;

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

inline torch::Tensor random_frames(int64_t T, int64_t V, int64_t seed) {
  torch::manual_seed(seed);
  return at::log_softmax(2 * at::randn({T, V}, torch::kFloat64), 1);
}

inline double add(double a, double b) {
  return std::log(std::exp(a) + std::exp(b));
}

inline Labels labels_of(const std::vector<int64_t>& path) {
  Labels labels;
  for (size_t t = 0; t < path.size(); ++t) {
    if (path[t] != 0 && (t == 0 || path[t] != path[t - 1])) labels.push_back(path[t]);
  }
  return labels;
}

struct Alignments {
  double sum = -kInfinity, best = -kInfinity;
  std::vector<int64_t> best_path = {};
};

/// All V^T paths, by what they say.
inline std::map<Labels, Alignments> all_alignments(const torch::Tensor& frames) {
  const int64_t T = frames.size(0), V = frames.size(1);
  const auto y = frames.accessor<double, 2>();
  std::map<Labels, Alignments> all;
  std::vector<int64_t> path(static_cast<size_t>(T), 0);
  while (true) {
    double log_probability = 0;
    for (int64_t t = 0; t < T; ++t) log_probability += y[t][path[t]];
    auto& found = all[labels_of(path)];
    found.sum = add(found.sum, log_probability);
    if (log_probability > found.best) found.best = log_probability, found.best_path = path;
    int64_t t = 0;
    while (t < T && ++path[t] == V) path[t++] = 0;
    if (t == T) return all;
  }
}

}  // namespace recur
