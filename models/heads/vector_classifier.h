// The classifier of vectors and images: numbers in, one label out, with recurrence or without.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include <torch/csrc/jit/api/module.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include "core/options.h"
#include "models/heads/classifier.h"
#include "models/heads/feed_forward.h"
#include "models/heads/row_reader.h"

namespace recur {

struct VectorClassifierOptions {
  std::string reads = "all";
  RecurrentOptions recurrent = {};
  std::vector<std::string> pooling = {"last"};
  FeedForwardOptions feed_forward = {};
  ClassificationLossOptions loss = {};

  static constexpr auto fields() {
    using O = VectorClassifierOptions;
    return std::tuple{
        field("reads", &O::reads,
              "all: an example at once, by the feed-forward network alone; rows: an image row by row, by recurrent "
              "layers below it",
              one_of("all", "rows")),
        field("recurrent", &O::recurrent, "rows: the layers that read them"),
        field("pooling", &O::pooling, "rows: how steps become one vector; several stand side by side",
              one_of(&pooling_names)),
        field("feed_forward", &O::feed_forward, "the network over the whole example, or over what was read of it"),
        field("loss", &O::loss, "the cross-entropy that training minimises"),
    };
  }
  void check(ConfigCheck& check) const { check.require(!pooling.empty(), "pooling", "must name at least one way"); }
};

/// x -> logits: a feed-forward network over all of x, or over what recurrent layers make of its rows.
class VectorClassifierImpl : public torch::nn::Cloneable<VectorClassifierImpl> {
 public:
  /// `sizes` are those of an example: {F}, or {H, W} of an image.
  /// @throws ConfigError  where rows are to be read and there are none.
  VectorClassifierImpl(std::vector<int64_t> sizes, int64_t classes, VectorClassifierOptions options);

  void reset() override;

  /// @param x  [B, F] or [B, H, W]
  /// @returns  logits [B, C]
  /// @throws ShapeError
  torch::Tensor forward(const torch::Tensor& x);

  const VectorClassifierOptions& options() const { return options_; }
  const std::vector<int64_t>& sizes() const { return sizes_; }
  int64_t classes() const { return classes_; }

  RowReader rows = nullptr;  ///< absent where all is read at once
  FeedForward feed_forward = nullptr;

 private:
  std::vector<int64_t> sizes_;
  int64_t classes_;
  VectorClassifierOptions options_;
};
TORCH_MODULE(VectorClassifier);

/// A TorchScript module, in evaluation mode, with the parameters under their own names and `forward(x)`, as above.
torch::jit::Module vector_classifier_to_torchscript(const VectorClassifierImpl& classifier);

}  // namespace recur
