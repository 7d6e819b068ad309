// CIDEr-D (Vedantam et al. 2015, "CIDEr: consensus-based image description evaluation").
#pragma once

#include <span>
#include <vector>

#include "trainers/metrics/ngrams.h"

namespace recur {

/// Of each candidate how much of what its references agree on it says, 0 ... 10: the cosine of the counts of 1- to
/// 4-grams, each weighted by the logarithm of (images / images with a reference that has it), clipped to the
/// reference's counts, times a Gaussian (sigma = 6) of the difference in length; mean over orders and references,
/// times 10.  The same as pycocoevalcap's Cider with the document frequencies of these references; a corpus has their
/// mean.
///
/// The weights come from all images given here: scores of different splits do not compare, an n-gram that every image
/// has counts nothing, and a single image always has 0.
/// @throws DataError if there is no candidate, or one without a reference.
std::vector<double> cider_d(std::span<const Tokens> candidates, std::span<const References> references);

}  // namespace recur
