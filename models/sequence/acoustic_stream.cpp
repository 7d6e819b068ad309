#include "models/sequence/acoustic_stream.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/zeros.h>

#include "core/error.h"

namespace recur {

AcousticStream::AcousticStream(AcousticEncoder encoder) : encoder_(std::move(encoder)) {
  if (encoder_->recurrent->directions() == 2) {
    throw ConfigError(
        "a stream: this network listens in both directions and must hear the end first; train one with "
        "model.encoder.recurrent.bidirectional=false");
  }
  const auto& conv = encoder_->options().convolution;
  int64_t D = encoder_->columns();
  const auto like = encoder_->parameters().front().options().requires_grad(false);
  for (size_t layer = 0; layer < encoder_->convolutions.size(); ++layer) {
    waiting_.push_back(at::zeros({conv.kernel - conv.stride, D}, like));
    D = conv.channels;
  }
}

torch::Tensor AcousticStream::convolve(size_t layer, const torch::Tensor& x, bool ends) {
  const auto& conv = encoder_->options().convolution;
  auto& waiting = waiting_[layer];
  waiting = at::cat({waiting, x});
  const int64_t context = conv.kernel - conv.stride;
  int64_t fresh = waiting.size(0) - context;
  if (ends && fresh % conv.stride != 0) {
    waiting = at::constant_pad_nd(waiting, {0, 0, 0, conv.stride - fresh % conv.stride});
    fresh = waiting.size(0) - context;
  }
  const int64_t used = fresh / conv.stride * conv.stride;
  if (used == 0) return at::zeros({0, conv.channels}, x.options());
  const auto seen = waiting.narrow(0, 0, context + used).t().unsqueeze(0);  // [1, D, n]
  waiting = waiting.narrow(0, used, waiting.size(0) - used);
  return at::relu(encoder_->convolutions[layer]->forward(seen)).squeeze(0).t();
}

torch::Tensor AcousticStream::advance(torch::Tensor x, bool ends) {
  torch::NoGradGuard no_grad;
  for (size_t layer = 0; layer < waiting_.size(); ++layer) x = convolve(layer, x, ends);
  if (x.size(0) == 0) return at::zeros({0, encoder_->output_size()}, x.options());
  auto read = encoder_->recurrent->forward(x.unsqueeze(0), {}, state_);
  state_ = std::move(read.state);
  return read.output.squeeze(0);
}

torch::Tensor AcousticStream::push(const torch::Tensor& frames) {
  return advance(frames, /*ends=*/false);
}

torch::Tensor AcousticStream::finish() {
  return advance(at::zeros({0, encoder_->columns()}, encoder_->parameters().front().options()), /*ends=*/true);
}

}  // namespace recur
