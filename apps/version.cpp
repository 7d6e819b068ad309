#include "apps/version.h"

#include <ATen/Context.h>
#include <torch/version.h>

#include <fmt/format.h>

namespace recur::apps {

std::string version_line() {
  const auto& cuda = at::detail::getCUDAHooks();
  const auto runtime = cuda.hasCUDART() ? cuda.versionCUDART() : 0;  // 12080 is 12.8
  return fmt::format("recur {} (LibTorch {}, {})", RECUR_VERSION, TORCH_VERSION,
                     runtime ? fmt::format("CUDA {}.{}", runtime / 1000, runtime % 1000 / 10) : "CPU");
}

}  // namespace recur::apps
