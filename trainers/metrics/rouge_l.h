// ROUGE-L (Lin 2004, "ROUGE: a package for automatic evaluation of summaries").
#pragma once

#include <span>
#include <vector>

#include "trainers/metrics/ngrams.h"

namespace recur {

/// Of each candidate the F measure (beta = 1.2) of the longest common subsequence with its references, 0 ... 1: the
/// highest precision and the highest recall that any of them gives.  The same as pycocoevalcap's; a corpus has their
/// mean.
/// @throws DataError if there is no candidate, or one without a reference.
std::vector<double> rouge_l(std::span<const Tokens> candidates, std::span<const References> references);

}  // namespace recur
