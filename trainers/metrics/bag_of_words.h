// A classifier that looks at words and not at their order.  A network that does not beat it has not learned to read.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <torch/types.h>

namespace recur {

struct BagOfWordsOptions {
  double c = 1;             ///< inverse strength of the penalty, scikit-learn's C, > 0
  bool counts = false;      ///< false: a word is in a text or not; true: how often it is
  double tolerance = 1e-6;  ///< ends where no component of the gradient of (objective / (C * N)) is larger
  int64_t max_iterations = 1000;
};

/// Logistic regression on which words a text has.  By default presence and not counts: for sentiment that is the better
/// baseline (Pang et al. 2002, "Thumbs up?"; Wang & Manning 2012, "Baselines and bigrams").
///
/// Minimises  C * sum of the texts' losses + 0.5 * sum of squared weights  by L-BFGS over all texts, in float64; the
/// intercepts are not penalised.  The same problem as scikit-learn's LogisticRegression(C=1): two classes have one
/// weight a word, more have one for each class.  There is one minimum and nothing random; it runs on one thread.
///
/// Ids 0 (padding) and 1 (unknown) are no words and do not count.
class BagOfWords {
 public:
  /// `ids`: N texts of word ids in [0, vocabulary_size).  `labels`: [N] int64 in [0, classes).
  /// @throws ShapeError; DataError if an id or a label is out of range; ConfigError
  static BagOfWords fit(std::span<const std::vector<int64_t>> ids, const torch::Tensor& labels, int64_t vocabulary_size,
                        int64_t classes, const BagOfWordsOptions& options = {});

  /// N texts -> [N, classes] float64.
  /// @throws DataError if an id is out of range.
  torch::Tensor probabilities(std::span<const std::vector<int64_t>> ids) const;

  /// [vocabulary_size, R] float64: R = 1 for two classes (of the second against the first), otherwise R = classes.
  const torch::Tensor& weight() const { return weight_; }
  /// [R] float64.
  const torch::Tensor& intercept() const { return intercept_; }

 private:
  BagOfWords(torch::Tensor weight, torch::Tensor intercept, bool counts);

  torch::Tensor weight_, intercept_;
  bool counts_;
};

}  // namespace recur
