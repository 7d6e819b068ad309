// Attention over a memory: which of its places matters at this step.
#pragma once

#include <string>

#include <torch/csrc/jit/api/module.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

namespace recur {

/// What is attended to: L places of B examples, e.g. the regions of an image, or the words of a sentence.
struct Memory {
  torch::Tensor values;        ///< [B, L, C]
  torch::Tensor keys;          ///< [B, L, A]: what a query is compared with, computed once for all steps
  torch::Tensor padding = {};  ///< [B, L] bool: places that hold nothing and are never looked at; undefined: none

  int64_t size() const { return values.size(0); }
  /// The memories of some examples, in this order.  @param index  [P] int64
  Memory select(const torch::Tensor& index) const;
  /// The memories of the first n examples, without a copy.
  Memory first(int64_t n) const;
  /// As a list and back: values, keys and, where there is any, padding.
  std::vector<torch::Tensor> to_list() const;
  static Memory from_list(const std::vector<torch::Tensor>& list);
};

struct Attended {
  torch::Tensor context;  ///< [B, C], the mean of the values by weight
  torch::Tensor weights;  ///< [B, L], summing to one; 0 where the memory is padding
};

/// Soft attention of a query q over places m_i:  a = softmax(e),  context = sum_i a_i m_i,  where
///   score: additive   e_i = v . tanh(W_q q + W_k m_i + b)   Bahdanau et al. 2015, eq. 6 and A.1.2; Xu et al. 2015
///   score: general    e_i = q . W m_i                       Luong et al. 2015, eq. 8
///   score: dot        e_i = q . m_i                         the same; q and m_i have as many columns
class AttentionImpl : public torch::nn::Cloneable<AttentionImpl> {
 public:
  /// @param score                    additive, general or dot
  /// @param query_size, memory_size  columns of a query and of a place
  /// @param size                     additive: columns of the common space
  /// @throws ConfigError  for another score, or for dot with different columns
  AttentionImpl(std::string score, int64_t query_size, int64_t memory_size, int64_t size);

  void reset() override;

  /// @param values   [B, L, C]
  /// @param padding  [B, L] bool, or undefined; every example has a place that is none
  Memory remember(const torch::Tensor& values, const torch::Tensor& padding = {});
  /// `query`: [B, Q].
  Attended forward(const torch::Tensor& query, const Memory& memory);

  const std::string& score() const { return score_; }

  torch::nn::Linear query = nullptr, key = nullptr, energy = nullptr;  ///< additive: W_q, W_k, v; general: key is W

 private:
  std::string score_;
  int64_t query_size_, memory_size_, size_;
};
TORCH_MODULE(Attention);

/// `keys(values) -> [B, L, A]` and `forward(query, values, keys, padding) -> (context, weights)`, shapes as above.
torch::jit::Module attention_to_torchscript(const AttentionImpl& attention);

}  // namespace recur
