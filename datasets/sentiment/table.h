// Anyone's own texts: CSV, TSV and JSON files with columns that the config names.
#pragma once

#include <string>

#include "datasets/sentiment/labelled_file.h"
#include "datasets/sentiment/options.h"

namespace recur {

/// The file's texts and labels, by the file's ending: .csv, .tsv, .jsonl and .ndjson (an object a line), .json (a list
/// of objects, or an object a line).  A JSON label may be text, a number or true/false; a key that a record lacks, or
/// null, is missing there.
/// @throws DataError    file:line for what is malformed; the columns there are, if one of the two is not among them.
/// @throws ConfigError  for an encoding that is not known.
LabelledFile read_table(const std::string& file, const TextColumns& columns, const std::string& encoding);

/// The files of `options`.
LabelledFiles read_tables(const SentimentDataOptions& options);

}  // namespace recur
