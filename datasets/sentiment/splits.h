// Stratified splits and folds: pure functions of the labels and a seed.
#pragma once

#include <cstdint>
#include <vector>

namespace recur {

/// Which fold each example belongs to, 0 .. folds-1.  Of each class, and of all classes together, any two folds have
/// the same number of examples or one more.
/// @throws DataError  if there are fewer examples than folds.
std::vector<int64_t> stratified_folds(const std::vector<int64_t>& labels, int64_t folds, int64_t seed);

/// Whether each example is in the part that a share `fraction` (in [0, 1)) of all examples goes to: that many examples,
/// rounded, and of each class its share within one example.  Every class keeps at least one example outside the part,
/// which then has fewer.
std::vector<bool> stratified_part(const std::vector<int64_t>& labels, double fraction, int64_t seed);

}  // namespace recur
