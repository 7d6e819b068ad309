// A classifier's score as tables for people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trainers/log/table.h"
#include "trainers/metrics/classification.h"

namespace recur {

/// "class", "precision", "recall", "F1", "texts": a row for each class that is true or predicted of any text.
Table class_table(const ClassificationScore& score);

/// A pair of classes of which one was taken for the other.
struct Confusion {
  int64_t truth = 0, predicted = 0;
  int64_t count = 0;
};

/// The pairs with the highest counts (> 0), at most `count`; of equal ones the earlier classes first.
std::vector<Confusion> largest_confusions(const ClassificationScore& score, int64_t count);

/// Up to 12 classes, the whole confusion matrix; for more, the 15 largest confusions.
Table confusion_table(const ClassificationScore& score);

/// Both tables, for a terminal or a log; each line ends with '\n'.
std::string classification_text(const ClassificationScore& score, bool unicode = true);

}  // namespace recur
