#include "datasets/caption/flickr8k.h"

#include <algorithm>
#include <filesystem>
#include <unordered_set>

#include <fmt/format.h>

#include "core/error.h"
#include "core/files.h"
#include "datasets/catalog.h"
#include "datasets/csv.h"
#include "datasets/text/encoding.h"
#include "datasets/text/lines.h"
#include "datasets/with_commas.h"

namespace recur {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTokens = "Flickr8k.token.txt";

// Calls `take(line, place)` for each line that is not blank.
template <class Take>
void for_each_written_line(const fs::path& path, Take take) {
  const auto text = decode_text(read_file(path), "utf-8", path.string());
  for_each_line(text, [&](std::string_view line, int64_t number) {
    if (!trimmed(line).empty()) take(line, SourceLocation{path.string(), number});
  });
}

CaptionCollector read_tokens(const fs::path& path, bool punctuation) {
  CaptionCollector captions(path.string(), punctuation);
  for_each_written_line(path, [&](std::string_view line, const SourceLocation& where) {
    const auto tab = line.find('\t');
    const auto id = line.substr(0, tab);  // no image's name holds #, but captions do
    const auto hash = id.rfind('#');
    if (tab == std::string_view::npos || hash == std::string_view::npos) {
      throw DataError(where, fmt::format("begins with \"{:.40}\", expected image.jpg#number<TAB>caption", line));
    }
    captions.add_caption(captions.image(std::string(id.substr(0, hash)), where), line.substr(tab + 1));
  });
  return captions;
}

// The images of a list; an image without a caption stays, for whoever counts.
std::vector<ListedImage> read_list(const fs::path& path, CaptionCollector& captions) {
  std::vector<ListedImage> listed;
  std::unordered_set<std::string> names;
  for_each_written_line(path, [&](std::string_view line, const SourceLocation& where) {
    const std::string name(trimmed(line));
    if (!names.insert(name).second) throw DataError(where, fmt::format("image \"{}\" is listed twice", name));
    const auto* image = captions.find(name);
    listed.push_back(image ? *image : CaptionCollector("", false).image(name, where));
  });
  return listed;
}

}  // namespace

CaptionFiles read_flickr8k(const CaptionDataOptions& options) {
  const fs::path given = options.folder.empty() ? find_data("flickr8k").folder : options.folder;
  const auto folder = fs::exists(given) ? given : data_directory() / given;
  const auto texts = fs::exists(folder / "Flickr8k_text" / kTokens) ? folder / "Flickr8k_text" : folder;
  auto captions = read_tokens(find_data_file(texts == folder ? given / kTokens : texts / kTokens), options.punctuation);
  CaptionFiles files{.report = {captions.to_line()}};
  std::unordered_set<std::string> listed;
  for (const auto& [part, list] :
       {std::pair{&files.train, "Flickr_8k.trainImages.txt"}, std::pair{&files.validation, "Flickr_8k.devImages.txt"},
        std::pair{&files.test, "Flickr_8k.testImages.txt"}}) {
    part->images = read_list(find_data_file(texts / list), captions);
    part->folders = image_folders(options.images, folder);
    for (const auto& image : part->images) listed.insert(image.name);
  }
  const auto in_none =
      std::ranges::count_if(captions.images(), [&](const auto& i) { return !listed.contains(i.name); });
  if (in_none > 0) files.report.push_back(fmt::format("{} images with captions are in no list", with_commas(in_none)));
  return files;
}

CaptionFiles read_caption_csv(const CaptionDataOptions& options) {
  const auto path = find_data_file(options.captions);
  const auto table = read_csv(path);
  const auto column = [&](const char* name) { return named_column(table, name, "expected image,caption"); };
  const auto image_at = column("image"), caption_at = column("caption");
  CaptionCollector captions(path.string(), options.punctuation);
  for (const auto& row : table.rows) {
    captions.add_caption(captions.image(row.fields[image_at], {path.string(), row.line}), row.fields[caption_at]);
  }
  return {.train = {captions.images(), image_folders(options.images, path.parent_path())},
          .report = {captions.to_line()}};
}

}  // namespace recur
