#include "core/parallel.h"

#include <ATen/TensorIterator.h>
#include <ATen/ops/arange.h>

namespace recur {

void parallel_for_each(int64_t count, c10::function_ref<void(int64_t)> work) {
  if (count == 1) return work(0);
  const auto numbers = at::arange(count, at::kLong);
  auto iterator = at::TensorIteratorConfig().add_input(numbers).build();
  iterator.for_each(
      [&](char** data, const int64_t* strides, int64_t n) {
        for (int64_t k = 0; k < n; ++k) work(*reinterpret_cast<const int64_t*>(data[0] + k * strides[0]));
      },
      /*grain_size=*/1);
}

}  // namespace recur
