#include "my_model.h"

#include <utility>

#include <ATen/ops/cat.h>

MyModelImpl::MyModelImpl(int64_t input_size, MyModelOptions options)
    : input_size_(input_size), options_(std::move(options)) {
  reset();
}

void MyModelImpl::reset() {
  recurrent_ = register_module("recurrent", recur::Recurrent(input_size_, options_.recurrent));
  readout_ = register_module("readout", torch::nn::Linear(recurrent_->output_size(), options_.classes));
}

torch::Tensor MyModelImpl::forward(const torch::Tensor& x, const torch::Tensor& lengths) {
  const auto h = recurrent_->forward(x, lengths).state.front();  // [layers * directions, B, H]
  const auto top = h.slice(0, h.size(0) - recurrent_->directions());
  return readout_->forward(at::cat(top.unbind(0), 1));
}
