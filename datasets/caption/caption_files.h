// What files of captions say, before anybody has looked for the images.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/error.h"

namespace recur {

struct ListedImage {
  std::string name;                        ///< path below the folder of images
  std::vector<std::string> captions = {};  ///< clean_caption()'s, not empty
};

/// One split as it is listed.
struct ListedImages {
  std::vector<ListedImage> images = {};
  std::vector<std::filesystem::path> folders = {};  ///< where the images are looked for, in this order
};

/// A data set's files, as its makers split it; an empty part is not there.
struct CaptionFiles {
  ListedImages train = {}, validation = {}, test = {};
  std::vector<std::string> report = {};
};

/// The images of one file, in the order in which it first names them, and what was left out of it.
class CaptionCollector {
 public:
  /// `source` is the file, for messages.
  CaptionCollector(std::string source, bool punctuation) : source_(std::move(source)), punctuation_(punctuation) {}

  /// The image of that name, a new one if it is new.
  /// @throws DataError at `where` for a name that is empty or leads out of the folder of images.
  ListedImage& image(const std::string& name, const SourceLocation& where);

  /// Gives the image a caption, or counts it if nothing is written in it.  `caption` is UTF-8.
  void add_caption(ListedImage& image, std::string_view caption);

  /// Counts a caption whose image the file does not list.
  void leave_out_without_image() { ++without_image_; }

  /// The image if it is known, else null.  The pointer holds until the next image().
  ListedImage* find(const std::string& name);

  std::vector<ListedImage>& images() { return images_; }

  /// "captions.txt: 40,460 captions of 8,092 images; left out: 3 empty captions, 2 captions without image".
  std::string to_line() const;

 private:
  std::string source_;
  bool punctuation_;
  std::vector<ListedImage> images_;
  std::unordered_map<std::string, size_t> places_;
  int64_t captions_ = 0, empty_ = 0, without_image_ = 0;
};

/// The folders in which the images of captions in `base` are looked for: `images` if it is not empty, as given or below
/// the data directory; else the usual ones in `base` and `base` itself.
/// @throws DataError if `images` is given and is no folder.
std::vector<std::filesystem::path> image_folders(const std::string& images, const std::filesystem::path& base);

}  // namespace recur
