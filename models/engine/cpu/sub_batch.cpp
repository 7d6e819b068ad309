#include "models/engine/cpu/sub_batch.h"

#include <algorithm>
#include <numeric>

namespace recur::engine::cpu {

SubBatch::SubBatch(const std::vector<int64_t>& rows, int64_t first, int64_t last, bool reverse)
    : first_(first), last_(last) {
  int64_t packed = 0;
  for (const int64_t alive : rows) {
    const int64_t count = std::min(last, alive) - first;
    if (count <= 0) break;
    steps_.push_back({.count = count, .own = 0, .packed = packed + first});
    packed += alive;
  }
  if (reverse) std::reverse(steps_.begin(), steps_.end());
  for (auto& step : steps_) {
    step.own = tokens_;
    tokens_ += step.count;
  }
}

int64_t SubBatch::going_on(size_t step) const {
  return step == 0 ? 0 : std::min(steps_[step].count, steps_[step - 1].count);
}

std::vector<std::pair<size_t, size_t>> SubBatch::chunks(int64_t most, size_t first, size_t last) const {
  std::vector<std::pair<size_t, size_t>> chunks;
  for (size_t begin = first, end = first; begin < last; begin = end) {
    int64_t rows = 0;
    while (end < last && (rows == 0 || rows + steps_[end].count <= most)) rows += steps_[end++].count;
    chunks.emplace_back(begin, end);
  }
  return chunks;
}

const float* SubBatch::gather(size_t first, size_t last, const float* rows, int64_t width, Scratch& scratch) const {
  const int64_t begin = steps_[first].own, count = this->rows(first, last);
  const float* whole = nullptr;
  float* to = nullptr;
  for_each_run(first, last, [&](int64_t own, int64_t packed, int64_t number) {
    if (number == count) {
      whole = rows + packed * width;
      return;
    }
    if (to == nullptr) to = scratch.reserve(count * width);
    std::copy_n(rows + packed * width, number * width, to + (own - begin) * width);
  });
  return whole != nullptr ? whole : to;
}

std::vector<SubBatch> split(const std::vector<int64_t>& rows, bool reverse, int64_t most) {
  const int64_t sequences = rows.front(), tokens = std::accumulate(rows.begin(), rows.end(), int64_t{0});
  std::vector<SubBatch> shares;
  int64_t first = 0, taken = 0;
  auto length = static_cast<int64_t>(rows.size());
  for (int64_t b = 0; b < sequences; ++b) {
    while (rows[length - 1] <= b) --length;  // sequence b is as long as the steps at which more than b are alive
    taken += length;
    const auto share = static_cast<int64_t>(shares.size()) + 1;
    if (b + 1 == sequences || (share < most && taken * most >= tokens * share)) {
      shares.emplace_back(rows, first, b + 1, reverse);
      first = b + 1;
    }
  }
  return shares;
}

}  // namespace recur::engine::cpu
