// One file for each split, a pair a line: tab-separated or JSON.
#pragma once

#include "datasets/translation/pair_files.h"

namespace recur {

/// The files of formats tsv and jsonl; blank lines do not count.  Of a tab-separated row the first two columns are
/// read, and there may be a third.  An object's sentences stand at the keys `source` and `target`, in it or in the
/// object at its key "translation".
/// @throws DataError  for an absent file; file:line for a row or object that is malformed.
PairFiles read_pair_records(const TranslationDataOptions& options, const ReadProgress& progress);

}  // namespace recur
