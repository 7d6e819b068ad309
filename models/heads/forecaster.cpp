#include "models/heads/forecaster.h"

#include <ATen/ops/cat.h>

#include "models/sequence/dropout.h"

namespace recur {

ForecasterImpl::ForecasterImpl(int64_t input_size, int64_t horizon, ForecasterOptions options)
    : input_size_(input_size), horizon_(horizon), options_(std::move(options)) {
  reset();
}

void ForecasterImpl::reset() {
  recurrent = register_module("recurrent", Recurrent(input_size_, options_.recurrent));
  readout = register_module("readout", torch::nn::Linear(recurrent->output_size(), horizon_));
}

torch::Tensor ForecasterImpl::forward(const torch::Tensor& x, const std::optional<torch::Tensor>& lengths) {
  const auto h = recurrent->forward(x, lengths).state.front();  // [L*S, B, H]
  const auto last = recurrent->directions() == 2 ? at::cat({h[-2], h[-1]}, 1) : h[-1];
  return readout->forward(elementwise_dropout(last, options_.dropout, is_training()));
}

}  // namespace recur
