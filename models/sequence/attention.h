// Attention over a memory: which of its places matters at this step.
#pragma once

#include <optional>

#include <torch/csrc/jit/api/module.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

namespace recur {

/// What is attended to: L places of B examples, e.g. the regions of an image.
struct Memory {
  torch::Tensor values;  ///< [B, L, C]
  torch::Tensor keys;    ///< [B, L, A]: what a query is compared with, computed once for all steps

  /// The memories of some examples, in this order.  @param index  [P] int64
  Memory select(const torch::Tensor& index) const {
    return {.values = values.index_select(0, index), .keys = keys.index_select(0, index)};
  }
};

struct Attended {
  torch::Tensor context;  ///< [B, C], the mean of the values by weight
  torch::Tensor weights;  ///< [B, L], summing to one
};

/// Additive attention (Bahdanau et al. 2015, eq. 6 and A.1.2; Xu et al. 2015, eq. 4-5 and 13, "soft"):
///   e_i = v . tanh(W_q q + W_k m_i + b),  a = softmax(e),  context = sum_i a_i m_i
class AdditiveAttentionImpl : public torch::nn::Cloneable<AdditiveAttentionImpl> {
 public:
  /// @param query_size, memory_size  columns of a query and of a place;  @param size  A, of the common space
  AdditiveAttentionImpl(int64_t query_size, int64_t memory_size, int64_t size);

  void reset() override;

  /// @param values  [B, L, C]
  Memory remember(const torch::Tensor& values);
  /// @param query  [B, Q]
  Attended forward(const torch::Tensor& query, const Memory& memory);

  torch::nn::Linear query = nullptr, key = nullptr, score = nullptr;

 private:
  int64_t query_size_, memory_size_, size_;
};
TORCH_MODULE(AdditiveAttention);

/// `keys(values) -> [B, L, A]` and `forward(query, values, keys) -> (context, weights)`, shapes as above.
torch::jit::Module attention_to_torchscript(const AdditiveAttentionImpl& attention);

}  // namespace recur
