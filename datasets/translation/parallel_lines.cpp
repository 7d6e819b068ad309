#include "datasets/translation/parallel_lines.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "datasets/catalog.h"
#include "datasets/text/lines.h"
#include "datasets/with_commas.h"

namespace recur {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> read_sentences(const fs::path& path, const std::string& encoding,
                                        const ReadProgress& progress) {
  std::vector<std::string> sentences;
  for_each_line(read_packed_text(path, encoding, progress),
                [&](std::string_view line, int64_t) { sentences.push_back(with_single_blanks(line)); });
  return sentences;
}

// Where two files begin to differ is known only by what is blank in one and not in the other.
[[noreturn]] void fail_for_lines(const fs::path& source_path, const std::vector<std::string>& source,
                                 const fs::path& target_path, const std::vector<std::string>& target) {
  std::string hint;
  for (size_t k = 0; k < std::min(source.size(), target.size()) && hint.empty(); ++k) {
    if (source[k].empty() == target[k].empty()) continue;
    hint = fmt::format("; the first line that is empty in one of them only is {}:{}",
                       (source[k].empty() ? source_path : target_path).string(), k + 1);
  }
  throw DataError({source_path.string()},
                  fmt::format("has {} lines, but {} has {}: they must have as many, each the translation of the other's"
                              "{}",
                              with_commas(static_cast<int64_t>(source.size())), target_path.string(),
                              with_commas(static_cast<int64_t>(target.size())), hint));
}

// The files of a folder of parallel lines.
class LineFolder {
 public:
  LineFolder(const TranslationDataOptions& options, const ReadProgress& progress)
      : options_(options),
        progress_(progress),
        given_(options.folder.empty() ? find_data("multi30k").folder : options.folder),
        folder_(fs::exists(given_) ? given_ : data_directory() / given_) {}

  // The split that is called `name`.
  PairFile read(const std::string& name) const {
    const auto source_path = file(name, options_.source), target_path = file(name, options_.target);
    const auto source = read_sentences(source_path, options_.encoding, progress_),
               target = read_sentences(target_path, options_.encoding, progress_);
    if (source.size() != target.size()) fail_for_lines(source_path, source, target_path, target);
    PairFile made{.source = fmt::format("{}, {}", source_path.string(), target_path.string()),
                  .name = fmt::format("{}, {}", source_path.filename().string(), target_path.filename().string())};
    for (size_t k = 0; k < source.size(); ++k) made.add(source[k], target[k]);
    return made;
  }

  // The split that the config calls `given`, else the usual name, else none.  A file that is probably meant must not be
  // passed over.
  std::optional<PairFile> read_if_there(const std::string& given, const std::string& usual, const std::string& key,
                                        const std::vector<std::string>& beginnings) const {
    if (!given.empty()) return read(given);
    if (find(usual, options_.source) || find(usual, options_.target)) return read(usual);
    const auto names = names_with(beginnings);
    if (names.empty()) return std::nullopt;
    throw DataError({folder_.string()},
                    fmt::format("no {}.{}, but there is {}: say which is the {} split, data.{}={}", usual,
                                options_.source, fmt::join(names, ", "), key, key, names.front()));
  }

 private:
  std::optional<fs::path> find(const std::string& name, const std::string& language) const {
    for (const auto* packed : {"", ".gz"}) {
      auto path = folder_ / fmt::format("{}.{}{}", name, language, packed);
      if (fs::exists(path)) return path;
    }
    return std::nullopt;
  }

  fs::path file(const std::string& name, const std::string& language) const {
    const auto found = find(name, language);
    return found ? *found
                 : find_data_file(given_ / fmt::format("{}.{}", name, language));  // which says where it is not
  }

  std::vector<std::string> names_with(const std::vector<std::string>& beginnings) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      auto path = entry.path();
      if (path.extension() == ".gz") path = path.stem();
      const auto name = path.stem().string();
      const bool fits = std::ranges::any_of(beginnings, [&](const auto& text) { return name.starts_with(text); });
      if (fits && path.extension() == "." + options_.source) names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
  }

  const TranslationDataOptions& options_;
  const ReadProgress& progress_;
  fs::path given_, folder_;
};

}  // namespace

PairFiles read_parallel_lines(const TranslationDataOptions& options, const ReadProgress& progress) {
  const LineFolder folder(options, progress);
  PairFiles files{.train = folder.read(options.train.empty() ? "train" : options.train)};
  files.validation = folder.read_if_there(options.validation, "val", "validation", {"val", "dev"});
  files.test = folder.read_if_there(options.test, "test", "test", {"test", "tst"});
  return files;
}

}  // namespace recur
