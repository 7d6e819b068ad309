#include "datasets/caption/caption_files.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "datasets/caption/caption_text.h"
#include "datasets/catalog.h"
#include "datasets/with_commas.h"

namespace recur {
namespace {

namespace fs = std::filesystem;

void check_name(const std::string& name, const SourceLocation& where) {
  const fs::path path = name;
  if (name.empty()) throw DataError(where, "an image without a file name");
  const bool leads_out = path.is_absolute() || std::ranges::find(path, fs::path("..")) != path.end();
  if (leads_out || name.find('\0') != std::string::npos) {
    throw DataError(where, fmt::format("image \"{:.80}\", expected a file in the folder of images: no absolute path, "
                                       "no ..",
                                       name));
  }
}

}  // namespace

ListedImage& CaptionCollector::image(const std::string& name, const SourceLocation& where) {
  const auto [place, is_new] = places_.try_emplace(name, images_.size());
  if (is_new) {
    check_name(name, where);
    images_.push_back({.name = name});
  }
  return images_[place->second];
}

void CaptionCollector::add_caption(ListedImage& image, std::string_view caption) {
  auto clean = clean_caption(caption, punctuation_);
  if (clean.empty()) {
    ++empty_;
  } else {
    ++captions_;
    image.captions.push_back(std::move(clean));
  }
}

ListedImage* CaptionCollector::find(const std::string& name) {
  const auto place = places_.find(name);
  return place == places_.end() ? nullptr : &images_[place->second];
}

std::string CaptionCollector::to_line() const {
  auto line = fmt::format("{}: {} captions of {} images", fs::path(source_).filename().string(), with_commas(captions_),
                          with_commas(static_cast<int64_t>(images_.size())));
  std::vector<std::string> left_out;
  if (empty_ > 0) left_out.push_back(with_commas(empty_) + " empty captions");
  if (without_image_ > 0) left_out.push_back(with_commas(without_image_) + " captions without image");
  if (!left_out.empty()) line += fmt::format("; left out: {}", fmt::join(left_out, ", "));
  return line;
}

std::vector<fs::path> image_folders(const std::string& images, const fs::path& base) {
  if (!images.empty()) {
    for (const auto& folder : {fs::path(images), data_directory() / images}) {
      if (fs::is_directory(folder)) return {folder};
    }
    throw DataError({images}, "no such folder of images, here or in the data directory");
  }
  std::vector<fs::path> folders;
  // The archive of Flickr8k's photographs has this spelling inside; copies of it have others.
  for (const auto* name : {"images", "Images", "Flicker8k_Dataset", "Flickr8k_Dataset"}) {
    if (fs::is_directory(base / name)) folders.push_back(base / name);
  }
  folders.push_back(base);
  return folders;
}

}  // namespace recur
