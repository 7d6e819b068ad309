#include "datasets/caption/locate_images.h"

#include <algorithm>
#include <filesystem>

#include <ATen/Parallel.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "datasets/image/image_file.h"
#include "datasets/left_out.h"
#include "datasets/with_commas.h"

namespace recur {
namespace {

namespace fs = std::filesystem;

// One image that was looked for: `path` is empty if it is absent, `broken` says what is wrong with it.
struct Found {
  fs::path path;
  std::string broken;
};

Found look_for(const std::string& name, const std::vector<fs::path>& folders, bool decode_all) {
  for (const auto& folder : folders) {
    const auto path = folder / name;
    if (!fs::is_regular_file(path)) continue;
    try {
      decode_all ? void(read_image(path)) : void(read_image_header(path));
      return {path, ""};
    } catch (const DataError& error) {
      return {path, error.what()};
    }
  }
  return {};
}

// Several at once, a share after the other, so that progress can be told from this thread.
std::vector<Found> look_for_all(const ListedImages& listed, const std::string& name, bool decode_all,
                                const ReadProgress& progress) {
  constexpr int64_t kShare = 256;
  const auto count = static_cast<int64_t>(listed.images.size());
  std::vector<Found> found(count);
  for (int64_t begin = 0; begin < count; begin += kShare) {
    const auto end = std::min(begin + kShare, count);
    at::parallel_for(begin, end, /*grain_size=*/16, [&](int64_t first, int64_t last) {
      for (auto k = first; k < last; ++k) {
        const auto& image = listed.images[k];
        if (!image.captions.empty()) found[k] = look_for(image.name, listed.folders, decode_all);
      }
    });
    if (progress) progress(fmt::format("{} images", name), end, count);
  }
  return found;
}

}  // namespace

LocatedImages locate_images(const ListedImages& listed, const std::string& name, bool decode_all,
                            const ReadProgress& progress, std::vector<std::string>& report) {
  LocatedImages located;
  LeftOut left_out;
  int64_t captions = 0;
  const auto found = look_for_all(listed, name, decode_all, progress);
  for (size_t k = 0; k < found.size(); ++k) {
    const auto& image = listed.images[k];
    if (image.captions.empty()) {
      left_out.add("without captions", image.name);
    } else if (found[k].path.empty()) {
      left_out.add("absent", image.name);
    } else if (!found[k].broken.empty()) {
      left_out.add("broken", found[k].broken);
    } else {
      located.names.push_back(image.name);
      located.captions.push_back(image.captions);
      located.paths.push_back(found[k].path);
      captions += static_cast<int64_t>(image.captions.size());
    }
  }
  if (located.names.empty() && !found.empty()) {
    std::vector<std::string> folders;
    for (const auto& folder : listed.folders) {
      folders.push_back(folder.empty() ? "the folder you stand in" : folder.string());
    }
    throw DataError(fmt::format("none of the {} {} images can be used: {}; looked in {}; data.images names the folder",
                                with_commas(static_cast<int64_t>(found.size())), name, left_out.to_string(),
                                fmt::join(folders, ", ")));
  }
  if (found.empty()) return located;
  const auto reasons = left_out.to_string();
  report.push_back(fmt::format("{}: {}{} images, {} captions{}{}", name, with_commas(located.size()),
                               reasons.empty() ? "" : " of " + with_commas(static_cast<int64_t>(found.size())),
                               with_commas(captions), reasons.empty() ? "" : "; left out: ", reasons));
  return located;
}

}  // namespace recur
