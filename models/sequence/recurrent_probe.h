// What recurrent layers read while somebody watches: enough to compute every gate of every step again.
#pragma once

#include <string>
#include <vector>

#include <torch/nn/module.h>
#include <torch/types.h>

#include "models/engine/cell_type.h"
#include "models/engine/layer.h"

namespace recur {

/// One layer in one direction, as it read one sequence of T steps.
struct LayerReading {
  const engine::CellType* cell = nullptr;
  engine::LayerParameters parameters;  ///< the layer's own, not copied
  bool reverse = false;
  torch::Tensor x;                     ///< [T, D] what it read, in the order of time
  std::vector<torch::Tensor> initial;  ///< each state [H] before its first step
};

/// The name in `model` of the layer's input weights, "encoder.recurrent.weight_ih_l0_reverse"; "" if they are not its.
std::string weight_name(const torch::nn::Module& model, const LayerReading& reading);

/// While one lives, the recurrent layers that run on its thread tell it what they read: of each layer and direction the
/// first pass, and there the longest sequence (the first of several).  A pass that begins where the one before it ended
/// goes on with it, as a decoder's steps do; other passes are not kept.
class RecurrentProbe {
 public:
  RecurrentProbe();
  ~RecurrentProbe();
  RecurrentProbe(const RecurrentProbe&) = delete;
  RecurrentProbe& operator=(const RecurrentProbe&) = delete;

  /// This thread's, or null.
  static RecurrentProbe* active();

  /// While one lives, `probe` (or null) is told of what runs on this thread too.  Not on two threads at once.
  class OnThisThread {
   public:
    explicit OnThisThread(RecurrentProbe* probe);
    ~OnThisThread();
    OnThisThread(const OnThisThread&) = delete;
    OnThisThread& operator=(const OnThisThread&) = delete;

   private:
    RecurrentProbe* before_;
  };

  /// A layer has run; see CellType::run for the arguments.  `last` is each state [B, H] behind the sequences.
  void see(const engine::CellType& cell, const engine::LayerParameters& parameters, const engine::PackedSequences& x,
           const std::vector<torch::Tensor>& initial, const std::vector<torch::Tensor>& last, bool reverse);

  /// In the order in which the layers first ran.
  std::vector<LayerReading> readings() const;

 private:
  struct Seen {
    LayerReading reading;
    std::vector<torch::Tensor> x;     // [steps, D] of each pass
    std::vector<torch::Tensor> last;  // each state [H]
  };
  std::vector<Seen> seen_;
  RecurrentProbe* before_;
};

}  // namespace recur
