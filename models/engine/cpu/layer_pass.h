// One layer and direction over a whole batch by the fused steps: GEMMs, the loop over time, and its reverse.
#pragma once

#include <array>
#include <utility>
#include <vector>

#include <torch/types.h>

#include "core/parallel.h"
#include "models/engine/cell_type.h"
#include "models/engine/cpu/aligned.h"
#include "models/engine/cpu/gradient_ledger.h"
#include "models/engine/cpu/step.h"
#include "models/engine/cpu/sub_batch.h"
#include "models/engine/cpu/weights.h"
#include "models/engine/layer.h"

namespace recur::engine::cpu {

/// Two ways to use several threads.  Where there are enough sequences each thread runs a share of them, and no thread
/// waits for another.  Where there are few, all threads run the same sequences, each some of the units, and wait for
/// each other at every step.
class LayerPass {
 public:
  /// @param cell       one that is fused
  /// @param weights    of this layer and direction
  /// @param rows       sequences alive at each step
  /// @param reverse    from the last step to the first
  /// @param shares     of the batch; those of the forward pass again in the backward pass, whatever the threads then
  /// @param recompute  the backward pass computes the products again: none are kept
  LayerPass(const CellType& cell, PackedWeightsPtr weights, std::vector<int64_t> rows, bool reverse, int64_t shares,
            bool recompute);

  static int64_t best_shares(const LayerShape& shape, const std::vector<int64_t>& rows);

  struct Forward {
    LayerResult result;
    /// For backward, of each share: the products, the states but h, and what late gates read.
    std::vector<torch::Tensor> kept;
  };
  /// @param x  [N, D]  @param initial  each [B, H]  @param keep  whether a backward pass will come
  Forward forward(const torch::Tensor& x, const std::vector<torch::Tensor>& initial, bool keep) const;

  /// What forward was given and gave.
  struct Past {
    torch::Tensor x;
    std::vector<torch::Tensor> initial;
    torch::Tensor output;
    std::vector<torch::Tensor> kept;
  };
  struct Gradients {
    LayerParameters parameters;
    torch::Tensor x;  ///< undefined unless asked for
    std::vector<torch::Tensor> initial;
  };
  /// @param past       what forward was given and gave
  /// @param gradients  of the output and of each last state
  /// @param of_x       whether x needs its gradient
  /// @param ledger     takes note of what the parameters' gradients are made of, which then stay undefined; or null
  Gradients backward(const Past& past, const std::vector<torch::Tensor>& gradients, bool of_x,
                     GradientLedger* ledger = nullptr) const;

 private:
  struct Run;
  struct RunBack;
  /// Of some steps of a share, the first of whose rows is `first_row`.
  struct Products {
    int64_t first_row;
    const float *sums, *apart;
  };
  /// Of one step: W x, to which U h is added, and U h of the gates used apart.
  struct StepProducts {
    float *sums, *apart;
  };
  struct ScratchOfProducts {
    Scratch x, h, before, sums, apart;
  };

  /// Calls work(share, rank, gang) on as many threads as pay.
  void run_shares(c10::function_ref<void(size_t share, int64_t rank, Gang& gang)> work) const;
  /// The share's steps in groups whose products of x are computed at a time.
  std::vector<std::pair<size_t, size_t>> chunks(const SubBatch& share) const;
  void run(const Run& run, size_t share, int64_t rank, Gang& gang) const;
  /// Step k of a share, from h[0] to h[1].
  StepForward forward_step(const Run& run, size_t share, size_t k, const StepProducts& products,
                           const std::array<float*, 2>& h) const;
  void run_blocks(StepForward& step, const StepProducts& products, int64_t first, int64_t last) const;
  void run_late_blocks(StepForward& step, const StepProducts& products, int64_t first, int64_t last) const;
  /// How many blocks' products of one step stay in the first cache.
  int64_t blocks_at_once(int64_t rows) const;
  RunBack start_back(const Past& past, const std::vector<torch::Tensor>& gradients, bool of_x) const;
  void run_back(const RunBack& run, size_t share, int64_t rank, Gang& gang) const;
  /// Step k of a share, but for the per-unit parameters.
  StepBackward backward_step(const RunBack& run, size_t share, size_t k, const Products& products,
                             Scratch& before) const;
  /// @param of_units  of the share [units, padded]: the step's are added
  void run_blocks_back(StepBackward& step, float* of_units, Scratch& of_step) const;
  /// Through U of the late gates, to what they read.
  void argument_gradient(const StepBackward& step, float* gradient) const;
  /// Adds to the gradient of h before a step what reaches it through U.
  void add_recurrent_gradient(const StepBackward& step) const;
  void multiply_input(const Operands& product, int64_t first_block, int64_t last_block) const;
  const float* before_step(const RunBack& run, const SubBatch& share, size_t k, Scratch& scratch) const;
  Products products_again(const RunBack& run, size_t share, size_t begin, size_t end, int64_t first_block,
                          int64_t last_block, ScratchOfProducts& scratch) const;
  void input_gradient(const RunBack& run, size_t share, int64_t rank, Gang& gang) const;
  std::vector<GradientRows> gradient_rows(const RunBack& run) const;
  /// Of the per-unit parameters, over all shares: each [H].
  std::vector<torch::Tensor> unit_gradients(const RunBack& run) const;

  bool has_late_gates() const { return shape_.late() > 0; }
  /// What is kept of a share: products, those of the gates used apart, the states but h, and what late gates read.
  const torch::Tensor* kept_of(const std::vector<torch::Tensor>& kept, size_t share) const {
    return kept.data() + share * (1 + cell_.states.size() + (has_late_gates() ? 1 : 0));
  }
  const torch::Tensor& kept_argument(const std::vector<torch::Tensor>& kept, size_t share) const {
    return kept_of(kept, share)[1 + cell_.states.size()];
  }
  StepRows step_rows(int64_t count) const;

  const CellType& cell_;
  PackedWeightsPtr weights_;
  const LayerShape& shape_;
  StepKernels kernels_;
  int64_t batch_, tokens_ = 0;
  std::vector<SubBatch> shares_;
  bool recompute_;
};

}  // namespace recur::engine::cpu
