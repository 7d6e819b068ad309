// The text classifier: token ids in, one label out.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "core/options.h"
#include "models/heads/pooling.h"
#include "models/sequence/recurrent.h"

namespace recur {

struct ClassificationLossOptions {
  double label_smoothing = 0.0;
  bool balanced = false;
  std::map<std::string, double> class_weights = {};

  static constexpr auto fields() {
    using O = ClassificationLossOptions;
    return std::tuple{
        field("label_smoothing", &O::label_smoothing, "share of the target spread over all classes", fraction()),
        field("balanced", &O::balanced, "weigh each class by the inverse of its share of the training split"),
        field("class_weights", &O::class_weights, "label: weight; 1 for those not named", at_least(0.0)),
    };
  }
  void check(ConfigCheck& check) const {
    check.require(!balanced || class_weights.empty(), "class_weights", "goes without `balanced: true`");
  }
};

struct ClassifierOptions {
  int64_t embedding_size = 100;
  double embedding_std = 0.1;
  RecurrentOptions recurrent;
  std::vector<std::string> pooling = {"last"};
  double word_dropout = 0.0;
  double embedding_dropout = 0.0;
  double dropout = 0.0;
  ClassificationLossOptions loss = {};

  static constexpr auto fields() {
    using O = ClassifierOptions;
    return std::tuple{
        field("embedding_size", &O::embedding_size, "columns of the token vectors", at_least(1)),
        field("embedding_std", &O::embedding_std,
              "standard deviation of the token vectors at first; torch.nn has 1, which learns slowly from little data",
              more_than(0.0)),
        field("recurrent", &O::recurrent, "the layers that read the tokens"),
        field("pooling", &O::pooling, "how steps become one vector; several stand side by side",
              one_of(&pooling_names)),
        field("word_dropout", &O::word_dropout, "tokens replaced by the unknown one in training", fraction()),
        field("embedding_dropout", &O::embedding_dropout,
              "dropout on token vectors; with recurrent.variational_dropout one mask for all steps", fraction()),
        field("dropout", &O::dropout, "dropout before the read-out", fraction()),
        field("loss", &O::loss, "the cross-entropy that training minimises"),
    };
  }
  void check(ConfigCheck& check) const { check.require(!pooling.empty(), "pooling", "must name at least one way"); }
};

/// What a classifier says of a batch.
struct Classification {
  torch::Tensor logits;     ///< [B, C]
  torch::Tensor attention;  ///< [B, T], see Pooled::weights
};

/// Many-to-one over tokens: embedding, recurrent layers, pooling, linear read-out.
class ClassifierImpl : public torch::nn::Cloneable<ClassifierImpl> {
 public:
  ClassifierImpl(int64_t vocabulary_size, int64_t classes, ClassifierOptions options);

  void reset() override;

  /// @param tokens   [B, T] int64, below vocabulary_size
  /// @param lengths  [B] int64 on the CPU, 1..T
  /// @throws ShapeError
  Classification forward(const torch::Tensor& tokens, const torch::Tensor& lengths);

  const ClassifierOptions& options() const { return options_; }
  int64_t classes() const { return classes_; }

  torch::nn::Embedding embedding = nullptr;
  Recurrent recurrent = nullptr;
  Pooling pooling = nullptr;
  torch::nn::Linear readout = nullptr;

 private:
  torch::Tensor embed(const torch::Tensor& tokens);

  int64_t vocabulary_size_, classes_;
  ClassifierOptions options_;
};
TORCH_MODULE(Classifier);

}  // namespace recur
