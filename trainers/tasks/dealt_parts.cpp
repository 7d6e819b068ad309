#include "trainers/tasks/dealt_parts.h"

#include "datasets/batches.h"

namespace recur {

std::vector<LossPart> dealt_parts(std::span<const int64_t> batch, int64_t count,
                                  const std::function<double(int64_t)>& weight,
                                  const std::function<torch::Tensor(const std::vector<int64_t>&)>& loss) {
  const auto sum = [&](std::span<const int64_t> examples) {
    double total = 0;
    for (const int64_t example : examples) total += weight(example);
    return total;
  };
  const double whole = sum(batch);
  std::vector<LossPart> parts;
  for (auto& examples : deal(batch, count)) {
    const double share = sum(examples) / whole;
    parts.emplace_back([loss, share, examples = std::move(examples)] { return share * loss(examples); });
  }
  return parts;
}

}  // namespace recur
