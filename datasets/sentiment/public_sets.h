// Readers of public data sets of labelled texts, each as its makers publish it.
//
// All look for their files in `options.folder`, or in the catalog's folder below the data directory, and throw
// DataError for an absent file, and file:line for a malformed line or bytes that are not in the encoding.
#pragma once

#include "datasets/sentiment/labelled_file.h"
#include "datasets/sentiment/options.h"

namespace recur {

/// SST-2: train.tsv, dev.tsv and test.tsv of `sentence<TAB>0 or 1`, with or without a header `sentence<TAB>label`;
/// quotes are text like any other.  Classes negative and positive.
LabelledFiles read_sst2(const SentimentDataOptions& options);

/// Movie Review polarity: rt-polarity.neg and rt-polarity.pos, a sentence a line, in windows-1252.  No split.
LabelledFiles read_mr(const SentimentDataOptions& options);

/// TREC questions: train_5500.label and TREC_10.label (test) of `COARSE:fine question`, in latin-1.  The classes are
/// the coarse ones, or `COARSE:fine` with `fine_labels`.
LabelledFiles read_trec(const SentimentDataOptions& options);

}  // namespace recur
