// What the one fit loop needs to know of a problem.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <torch/nn/module.h>
#include <torch/types.h>

namespace recur {

/// Names and values, e.g. {"rmse", 14.2}.
using Metrics = std::map<std::string, double>;

/// The metric that chooses the best checkpoint, stops early and drives reduce-on-plateau.
struct Monitor {
  std::string metric = "loss";
  bool lower_is_better = true;
};

/// Part of a batch's loss: computes a scalar with a graph, on whatever thread it is called.
using LossPart = std::function<torch::Tensor()>;

/// A model together with its data, its loss and its metrics.  This is the whole interface between the fit loop and the
/// kinds of problems; everything in it that is random comes from torch's generators or is a pure function of the run's
/// seed and the epoch, which is what makes a resumed run equal to an unbroken one.
class Task {
 public:
  virtual ~Task() = default;

  virtual torch::nn::Module& model() = 0;

  /// Plans epoch `epoch` (from 0) and returns its number of batches (>= 1).  A pure function of (seed, epoch).
  virtual int64_t start_epoch(int64_t epoch) = 0;

  /// The mean loss over batch `index` of the planned epoch, a scalar with a graph.  The model is in training mode.
  virtual torch::Tensor training_loss(int64_t index) = 0;

  /// The same as a sum of `count` parts, each over a share of the batch's examples; fewer if the batch is small, one if
  /// the task does not cut its batches.  The parts are called at the same time, each on a thread of its own that draws
  /// from a RandomScope (core/random.h), before the next call of the task.
  virtual std::vector<LossPart> training_loss_parts(int64_t index, int64_t /*count*/) {
    return {[this, index] { return training_loss(index); }};
  }

  /// Examples in batch `index` of the planned epoch: for the progress bar's rate and the epoch's mean loss.
  virtual int64_t batch_examples(int64_t index) const = 0;

  /// Metrics on the validation split, among them `monitor().metric`.  The model is in evaluation mode, without
  /// gradient.
  virtual Metrics validate() = 0;

  virtual Monitor monitor() const { return {}; }

  /// What is carried from one batch of an epoch to the next besides the weights, e.g. a language model's hidden state:
  /// saved in checkpoints.  Empty if nothing is.
  virtual std::map<std::string, torch::Tensor> carried_state() const { return {}; }

  /// Takes up a saved carried_state() (its tensors are on the CPU), after start_epoch() and before the next batch.
  virtual void restore_carried_state(const std::map<std::string, torch::Tensor>&) {}

  /// What was fitted on the training split beside the weights (scalers, vocabularies), as JSON; saved in checkpoints.
  virtual std::string pipeline_json() const { return "{}"; }
};

}  // namespace recur
