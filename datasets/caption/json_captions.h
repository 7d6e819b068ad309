// Captions in JSON: Karpathy's splits and COCO's annotations.
#pragma once

#include "datasets/caption/caption_files.h"
#include "datasets/caption/options.h"

namespace recur {

/// Karpathy's dataset_*.json: images[] with filename, filepath (a folder, may be absent), split and sentences[].raw.
/// Split restval counts as training.
/// @throws DataError  for an absent file; the record's number for a malformed one or an unknown split.
CaptionFiles read_karpathy(const CaptionDataOptions& options);

/// COCO's captions_*.json: images[] with id and file_name, annotations[] with image_id and caption.  The images of
/// captions_train2014.json may stand in a folder train2014 of the folder of images.  Captions of images that the file
/// does not list are counted and left out.
/// @throws DataError  for an absent file; the record's number for a malformed one or an id that occurs twice.
CaptionFiles read_coco(const CaptionDataOptions& options);

}  // namespace recur
