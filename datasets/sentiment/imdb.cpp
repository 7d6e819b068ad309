#include "datasets/sentiment/imdb.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/files.h"
#include "datasets/archive_reader.h"
#include "datasets/catalog.h"
#include "datasets/text/encoding.h"
#include "datasets/text/lines.h"

namespace recur {
namespace {

namespace fs = std::filesystem;

constexpr std::array kFolders{"train/neg", "train/pos", "test/neg", "test/pos"};

// One review file: its path from "train" or "test" on, and its bytes.
using Review = std::pair<std::string, std::string>;

bool is_archive(const fs::path& path) {
  const auto name = path.filename().string();
  return fs::is_regular_file(path) && (name.ends_with(".tar.gz") || name.ends_with(".tgz") || name.ends_with(".tar"));
}

// The folder that holds train and test, or the archive.
fs::path locate(const SentimentDataOptions& options) {
  const auto& entry = find_data("imdb");
  const fs::path given = options.folder.empty() ? entry.folder : options.folder;
  const auto path = fs::exists(given) ? given : data_directory() / given;
  if (is_archive(path)) return path;
  for (const auto& folder : {path, path / "aclImdb"}) {
    if (fs::is_directory(folder / kFolders[0])) return folder;
  }
  std::vector<fs::path> archives;
  if (fs::is_directory(path)) {
    for (const auto& file : fs::directory_iterator(path)) {
      if (is_archive(file.path())) archives.push_back(file.path());
    }
  }
  if (archives.size() > 1) {
    throw DataError({path.string()}, fmt::format("holds {} and {}: say which by folder",
                                                 archives[0].filename().string(), archives[1].filename().string()));
  }
  return archives.empty() ? find_data_file(given / entry.files[0].path) : archives[0];
}

// "aclImdb/train/pos/12_7.txt" -> "train/pos/12_7.txt", "aclImdb/train/urls_pos.txt" -> "train/urls_pos.txt"; nothing
// for a file that is neither a labelled review nor the list of their films.
std::optional<std::string> review_key(const std::string& path) {
  const fs::path file = path;
  const auto folder = file.parent_path();
  const auto key = folder.parent_path().filename() / folder.filename();
  if (file.filename().string().starts_with("urls_") && (folder.filename() == "train" || folder.filename() == "test")) {
    return (folder.filename() / file.filename()).string();
  }
  if (file.extension() != ".txt" || std::find(kFolders.begin(), kFolders.end(), key) == kFolders.end()) return {};
  return (key / file.filename()).string();
}

std::vector<Review> read_archive(const fs::path& path, const ReadProgress& progress) {
  ArchiveReader reader(path);
  std::vector<Review> reviews;
  while (const auto name = reader.next()) {
    if (auto key = review_key(*name)) reviews.emplace_back(std::move(*key), reader.read_all());
    if (progress) progress(path.filename().string(), reader.position(), reader.size());
  }
  if (progress) progress(path.filename().string(), reader.size(), reader.size());  // an archive ends with padding
  return reviews;
}

std::vector<Review> read_folder(const fs::path& path, const ReadProgress& progress) {
  std::vector<Review> reviews;
  for (const auto* folder : {kFolders[0], kFolders[1], kFolders[2], kFolders[3], "train", "test"}) {
    if (!fs::is_directory(path / folder)) continue;
    for (const auto& file : fs::directory_iterator(path / folder)) {
      if (auto key = review_key(file.path().string())) reviews.emplace_back(std::move(*key), "");
    }
  }
  int64_t done = 0;
  for (auto& [key, bytes] : reviews) {
    bytes = read_file(path / key);
    if (progress) progress(path.filename().string(), ++done, static_cast<int64_t>(reviews.size()));
  }
  return reviews;
}

// The lines of train/urls_pos.txt and its like: line k is the film of the reviews k_*.txt.
class Films {
 public:
  // Takes the lists out of `reviews`.
  explicit Films(std::vector<Review>& reviews) {
    std::erase_if(reviews, [this](const Review& file) {
      const fs::path key = file.first;
      if (!key.filename().string().starts_with("urls_")) return false;
      // "train/urls_pos.txt" -> "train/pos"
      auto& lines = lines_[(key.parent_path() / key.stem().string().substr(5)).string()];
      for_each_line(file.second, [&](std::string_view line, int64_t) { lines.emplace_back(trimmed(line)); });
      return true;
    });
  }
  // "" where it is not known.
  std::string of(const std::string& key) const {
    const fs::path path = key;
    const auto list = lines_.find(path.parent_path().string());
    const auto number = path.stem().string();
    size_t index = 0;
    if (list == lines_.end() ||
        std::from_chars(number.data(), number.data() + number.size(), index).ec != std::errc()) {
      return "";
    }
    return index < list->second.size() ? list->second[index] : "";
  }

 private:
  std::map<std::string, std::vector<std::string>> lines_;
};

}  // namespace

LabelledFiles read_imdb(const SentimentDataOptions& options, const ReadProgress& progress) {
  const auto path = locate(options);
  auto reviews = is_archive(path) ? read_archive(path, progress) : read_folder(path, progress);
  std::sort(reviews.begin(), reviews.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  const Films films(reviews);
  const auto encoding = options.encoding == "auto" ? std::string("utf-8") : options.encoding;
  LabelledFile train{.source = path.string() + ": train", .encoding = encoding};
  LabelledFile test{.source = path.string() + ": test", .encoding = encoding};
  for (auto& [key, bytes] : reviews) {
    auto& part = key.starts_with("train") ? train : test;
    part.add(decode_text(bytes, encoding, (path / key).string()),
             fs::path(key).parent_path().filename() == "pos" ? "positive" : "negative", /*line=*/0, films.of(key));
    bytes = {};
  }
  for (const auto* part : {&train, &test}) {
    if (part->size() == 0) throw DataError({part->source}, "no reviews, expected aclImdb/{train,test}/{pos,neg}/*.txt");
  }
  return {.train = {std::move(train)}, .test = {std::move(test)}};
}

}  // namespace recur
