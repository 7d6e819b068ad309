// How good a classifier is: what it gets right, what it takes for what, and whether its probabilities can be believed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/types.h>

#include "trainers/task.h"

namespace recur {

/// What a classifier said of N texts, and what was true.
struct Classified {
  torch::Tensor probabilities;  ///< [N, C], rows sum to 1
  torch::Tensor labels;         ///< [N] int64, 0 ... C - 1
};

/// One class against all others.  What would be 0 / 0 is 0, as with scikit-learn's zero_division=0.
struct ClassScore {
  std::string name;
  double precision = 0, recall = 0, f1 = 0;
  int64_t support = 0;  ///< texts that are truly of this class
};

struct ClassificationScore {
  double accuracy = 0;
  double macro_f1 = 0;  ///< mean F1 of the classes that are true or predicted of any text, as scikit-learn's f1_score
  double ece = 0;       ///< expected calibration error, see score_classification()
  double nll = 0;       ///< mean of -log(probability of the true class), nats
  std::vector<ClassScore> classes;  ///< [C], also those that never occur
  torch::Tensor confusion;          ///< [C, C] int64 counts: row = true class, column = predicted class
};

/// Measures as scikit-learn does.  Of equal probabilities the first class is predicted.  A probability below 2.2e-16
/// counts as that in `nll`, so that one text cannot make it infinite; NaN makes `nll` and `ece` NaN.
/// `ece` is that of Guo et al. 2017, "On calibration of modern neural networks": over 15 bins of equal width of the
/// predicted class's probability (each without its lower end, with its upper), the mean distance between accuracy and
/// mean probability, weighted by the bins' counts.
/// `labels` are the C classes' names.
/// @throws ShapeError; DataError if a label is not in [0, C).
ClassificationScore score_classification(const Classified& classified, const std::vector<std::string>& labels);

/// {"accuracy", "macro_f1", "ece", "loss"}.
Metrics classification_metrics(const ClassificationScore& score);

/// Indices of at most `count` texts that were predicted wrongly, the most probable prediction first; of equal ones the
/// earlier text first.
/// @throws ShapeError, DataError
std::vector<int64_t> most_confident_mistakes(const Classified& classified, int64_t count);

/// What always predicting the most frequent training label ([N] int64; of equals the smallest) would reach on the test
/// labels.
/// @throws ShapeError if one of them is empty.
double majority_accuracy(const torch::Tensor& train_labels, const torch::Tensor& test_labels);

}  // namespace recur
