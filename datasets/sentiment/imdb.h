// The Large Movie Review Dataset as Stanford publishes it.
#pragma once

#include "datasets/read_progress.h"
#include "datasets/sentiment/labelled_file.h"
#include "datasets/sentiment/options.h"

namespace recur {

/// aclImdb/{train,test}/{pos,neg}/*.txt, classes negative and positive; train/unsup is passed by.  `options.folder` is
/// the unpacked folder, one that holds it or holds its .tar.gz, or the .tar.gz itself, which is read without unpacking
/// it to the disk.  A review's group is its film, from urls_{pos,neg}.txt where they are there.  Reviews are in the
/// order of their paths' bytes, so that folder and archive give the same.
/// @throws DataError  if it is absent, cut off or without reviews in one of the parts; file:line for bytes that are not
///                    in the encoding (UTF-8).
LabelledFiles read_imdb(const SentimentDataOptions& options, const ReadProgress& progress);

}  // namespace recur
