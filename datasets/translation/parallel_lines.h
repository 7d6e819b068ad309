// Two files for each split: line 7 of train.de is translated by line 7 of train.en.
#pragma once

#include "datasets/translation/pair_files.h"

namespace recur {

/// The files of format lines: NAME.SOURCE and NAME.TARGET in the folder, or the same with .gz.
/// @throws DataError  for an absent file, two that do not have as many lines, and a validation or test split that the
///                    config does not name while a file is there that may be it.
PairFiles read_parallel_lines(const TranslationDataOptions& options, const ReadProgress& progress);

}  // namespace recur
