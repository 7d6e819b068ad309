// Stratified splits and folds: pure functions of the labels and a seed.
#pragma once

#include <cstdint>
#include <string>
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

// The same for examples that come in groups, e.g. reviews of one film: who has seen some of a group knows more of the
// others than of the rest of the world, so that a group is never cut.  Groups are taken in random order and not by
// label.  An example with the group "" is a group alone.

/// Each group goes to the fold that is smallest when its turn comes.
/// @throws DataError  if there are fewer examples than folds.
std::vector<int64_t> grouped_folds(const std::vector<std::string>& groups, int64_t folds, int64_t seed);

/// The groups that begin within the share `fraction` (in [0, 1)) of all examples.
std::vector<bool> grouped_part(const std::vector<std::string>& groups, double fraction, int64_t seed);

}  // namespace recur
