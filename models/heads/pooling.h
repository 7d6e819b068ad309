// From the outputs of a recurrent stack to one vector a sequence.
#pragma once

#include <string>
#include <vector>

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "models/sequence/recurrent.h"

namespace recur {

/// The names of the ways to pool: last, mean, max, attention.
std::vector<std::string> pooling_names();

/// What pooling returns.
struct Pooled {
  torch::Tensor vector;   ///< [B, K*S*H]: the chosen ways side by side
  torch::Tensor weights;  ///< [B, T] of attention, zero behind a sequence's end, sums to 1; undefined without it
};

/// Pools h_1 .. h_n of each sequence, in as many ways as it is told, side by side:
///   last       h_n; of both directions each one's own last: [forward h_n, reverse h_1]
///   mean, max  over the steps, element by element
///   attention  sum_t a_t h_t with a = softmax_t(v . tanh(W h_t + b))   (Yang et al. 2016, eq. 5-7)
/// What lies behind a sequence's end takes no part.
class PoolingImpl : public torch::nn::Cloneable<PoolingImpl> {
 public:
  /// `size`: columns of the outputs, S*H.
  PoolingImpl(int64_t size, std::vector<std::string> ways);

  void reset() override;

  /// @param recurrent  its output [B, T, S*H]
  /// @param lengths    [B] int64
  Pooled forward(const RecurrentOutput& recurrent, const torch::Tensor& lengths);

  int64_t output_size() const { return size_ * static_cast<int64_t>(ways_.size()); }
  const std::vector<std::string>& ways() const { return ways_; }
  bool has_attention() const;

  torch::nn::Linear attention = nullptr;  ///< W, b
  torch::nn::Linear score = nullptr;      ///< v

 private:
  int64_t size_;
  std::vector<std::string> ways_;
};
TORCH_MODULE(Pooling);

}  // namespace recur
