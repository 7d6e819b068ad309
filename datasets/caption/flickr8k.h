// Flickr8k as its makers distribute it, and as Kaggle does.
#pragma once

#include "datasets/caption/caption_files.h"
#include "datasets/caption/options.h"

namespace recur {

/// Flickr8k.token.txt of `image.jpg#n<TAB>caption` and Flickr_8k.{train,dev,test}Images.txt, an image a line, in
/// `options.folder`, or in the catalog's folder below the data directory, or there in Flickr8k_text.  Captions of
/// images that are in no list are counted and left out.
/// @throws DataError  for an absent file; file:line for a malformed line.
CaptionFiles read_flickr8k(const CaptionDataOptions& options);

/// A CSV file with a header and the columns image and caption, a caption a row.  No split.
/// @throws DataError  for an absent file or column; file:line for a malformed row.
CaptionFiles read_caption_csv(const CaptionDataOptions& options);

}  // namespace recur
