// From listed images to images that are there and can be read.
#pragma once

#include <string>
#include <vector>

#include "datasets/caption/caption_files.h"
#include "datasets/read_progress.h"

namespace recur {

/// Parallel vectors.
struct LocatedImages {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> captions;
  std::vector<std::filesystem::path> paths;

  int64_t size() const { return static_cast<int64_t>(names.size()); }
};

/// Looks for each of the listed images that has a caption, and reads its header, or all of it with `decode_all`.  What
/// is absent or broken is left out; the line for a person says how much of what:
/// "train: 753 of 6,000 images; left out: 5,247 absent (a.jpg, b.jpg, c.jpg, ...)".
/// `name` is the split's, for messages.
/// @throws DataError  if images are listed and none of them is left.
LocatedImages locate_images(const ListedImages& listed, const std::string& name, bool decode_all,
                            const ReadProgress& progress, std::vector<std::string>& report);

}  // namespace recur
