// An acoustic encoder that listens while the sound goes on.
#pragma once

#include <vector>

#include "models/sequence/acoustic_encoder.h"

namespace recur {

/// One utterance, chunk by chunk: whatever the chunks, the outputs are those of AcousticEncoderImpl::forward() on the
/// whole, each as soon as the frames that it sees have come.  Without gradient; refers to the encoder, which is in
/// evaluation mode.
class AcousticStream {
 public:
  /// @throws ConfigError for layers of two directions, which must hear the end first
  explicit AcousticStream(AcousticEncoder encoder);

  /// @param frames  [T, D], T from 0
  /// @returns       [T', H] what can be said now
  torch::Tensor push(const torch::Tensor& frames);
  /// What is left: nothing follows.
  torch::Tensor finish();

 private:
  torch::Tensor convolve(size_t layer, const torch::Tensor& x, bool ends);
  torch::Tensor advance(torch::Tensor x, bool ends);

  AcousticEncoder encoder_;
  std::vector<torch::Tensor> waiting_;  // of each convolution, [n, D]: what its next step still sees
  std::vector<torch::Tensor> state_;
};

}  // namespace recur
