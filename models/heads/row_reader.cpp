#include "models/heads/row_reader.h"

#include <ATen/ops/full.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "models/heads/pooling_torchscript.h"
#include "models/sequence/torchscript.h"

namespace recur {

RowReaderImpl::RowReaderImpl(int64_t width, RecurrentOptions recurrent, std::vector<std::string> pooling)
    : width_(width), recurrent_options_(std::move(recurrent)), pooling_ways_(std::move(pooling)) {
  reset();
}

void RowReaderImpl::reset() {
  recurrent = register_module("recurrent", Recurrent(width_, recurrent_options_));
  pooling = register_module("pooling", Pooling(recurrent->output_size(), pooling_ways_));
}

torch::Tensor RowReaderImpl::forward(const torch::Tensor& x) {
  if (x.dim() != 3 || x.size(2) != width_) {
    throw ShapeError(
        fmt::format("row reader: got [{}], expected images [B, H, {}]", fmt::join(x.sizes(), ", "), width_));
  }
  const auto lengths = at::full({x.size(0)}, x.size(1), torch::kInt64);
  return pooling->forward(recurrent->forward(x), lengths).vector;
}

torch::jit::Module row_reader_to_torchscript(const RowReaderImpl& reader) {
  torch::jit::Module module("RowReader");
  module.register_module("recurrent", recurrent_to_torchscript(*reader.recurrent));
  module.register_module("pooling", pooling_to_torchscript(*reader.pooling, reader.recurrent->directions() == 2));
  module.define(R"(
def forward(self, x: Tensor) -> Tensor:
    lengths = torch.full([x.size(0)], x.size(1), device=x.device)
    h, state = self.recurrent.forward(x, None, None)
    return self.pooling.forward(h, state, lengths)
)");
  return module;
}

}  // namespace recur
