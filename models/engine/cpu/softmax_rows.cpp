#include "models/engine/cpu/softmax_rows.h"

#include <cmath>

#include "models/engine/cpu/instruction_sets.h"

// Read anew for each of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/engine/cpu/softmax_rows.cpp"
#include "hwy/foreach_target.h"
// (the order matters)
#include "hwy/highway.h"
#include "models/engine/cpu/functions-inl.h"

HWY_BEFORE_NAMESPACE();
namespace recur::engine::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::ScalableTag<float>;

/// e^x for x <= 0; 0 far below.
HWY_INLINE hn::Vec<Tag> small_exp(Tag d, hn::Vec<Tag> x) {
  const auto lowest = hn::Set(d, -87.0f);
  const auto power = Power<Tag>(d, clamp(d, x, -87.0f, 0.0f)).value();
  return keep_nan(d, x, hn::IfThenElse(hn::Lt(x, lowest), hn::Zero(d), power));
}

RowSums sum_one_row(const float* HWY_RESTRICT row, int64_t columns) {
  const Tag d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto most = hn::Set(d, row[0]), all = hn::Zero(d);
  int64_t k = 0;
  for (; k + lanes <= columns; k += lanes) {
    const auto x = hn::LoadU(d, row + k);
    most = hn::Max(most, x);
    all = hn::Add(all, x);
  }
  float top = hn::GetLane(hn::MaxOfLanes(d, most)), sum = hn::GetLane(hn::SumOfLanes(d, all));
  for (int64_t rest = k; rest < columns; ++rest) {
    top = row[rest] > top ? row[rest] : top;
    sum += row[rest];
  }
  auto powers = hn::Zero(d);
  for (k = 0; k + lanes <= columns; k += lanes) {
    powers = hn::Add(powers, small_exp(d, hn::Sub(hn::LoadU(d, row + k), hn::Set(d, top))));
  }
  float total = hn::GetLane(hn::SumOfLanes(d, powers));
  for (; k < columns; ++k) total += std::exp(row[k] - top);
  return {.most = top, .log_sum = std::log(total), .sum = sum};
}

void softmax_one_row(const float* HWY_RESTRICT row, int64_t columns, float most, float log_sum, float less, float scale,
                     float* HWY_RESTRICT out) {
  const Tag d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto top = hn::Set(d, most), rest = hn::Set(d, log_sum), minus = hn::Set(d, less), times = hn::Set(d, scale);
  int64_t k = 0;
  for (; k + lanes <= columns; k += lanes) {
    const auto power = small_exp(d, hn::Sub(hn::Sub(hn::LoadU(d, row + k), top), rest));
    hn::StoreU(hn::Mul(hn::Sub(power, minus), times), d, out + k);
  }
  for (; k < columns; ++k) out[k] = (std::exp(row[k] - most - log_sum) - less) * scale;
}

}  // namespace recur::engine::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace recur::engine::cpu {

HWY_EXPORT(sum_one_row);
HWY_EXPORT(softmax_one_row);

RowSums sum_row(const float* row, int64_t columns) {
  return HWY_DYNAMIC_DISPATCH(sum_one_row)(row, columns);
}

void softmax_row(const float* row, int64_t columns, float most, float log_sum, float less, float scale, float* out) {
  HWY_DYNAMIC_DISPATCH(softmax_one_row)(row, columns, most, log_sum, less, scale, out);
}

}  // namespace recur::engine::cpu
#endif
