// Work in parallel on LibTorch's own threads.
#pragma once

#include <cstdint>

#include <c10/util/FunctionRef.h>

namespace recur {

/// Calls work(0), ..., work(count - 1), on as many of LibTorch's intra-op threads as there are (at::get_num_threads()).
/// at::parallel_for is a template whose loop is parallel only in files compiled with -fopenmp, and those would need
/// LibTorch's own OpenMP runtime at link time; this calls the one that LibTorch was compiled with.
void parallel_for_each(int64_t count, c10::function_ref<void(int64_t)> work);

}  // namespace recur
