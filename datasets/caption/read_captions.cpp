#include "datasets/caption/read_captions.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "core/error.h"
#include "core/files.h"
#include "core/names.h"
#include "core/sha256.h"
#include "datasets/caption/flickr8k.h"
#include "datasets/caption/json_captions.h"
#include "datasets/caption/locate_images.h"
#include "datasets/caption/shapes.h"
#include "datasets/image/image_file.h"
#include "datasets/order.h"
#include "datasets/with_commas.h"

namespace recur {
namespace {

CaptionFiles read_files(const CaptionDataOptions& options) {
  if (options.format == "flickr8k") return read_flickr8k(options);
  if (options.format == "csv") return read_caption_csv(options);
  if (options.format == "karpathy") return read_karpathy(options);
  if (options.format == "coco") return read_coco(options);
  throw ConfigError(fmt::format("format: got \"{}\", expected shapes, flickr8k, csv, karpathy or coco{}",
                                options.format,
                                did_you_mean(options.format, {"shapes", "flickr8k", "csv", "karpathy", "coco"})));
}

// Moves a random share of the images to the result; the others stay, and both keep their order.
LocatedImages carve(LocatedImages& from, double fraction, int64_t seed) {
  const auto order = epoch_order(from.size(), seed, /*epoch=*/0);
  std::vector<bool> is_chosen(from.size());
  const auto wanted = std::llround(fraction * static_cast<double>(from.size()));
  for (int64_t k = 0; k < wanted; ++k) is_chosen[order.const_data_ptr<int64_t>()[k]] = true;
  LocatedImages chosen, rest;
  for (int64_t k = 0; k < from.size(); ++k) {
    auto& to = is_chosen[k] ? chosen : rest;
    to.names.push_back(std::move(from.names[k]));
    to.captions.push_back(std::move(from.captions[k]));
    to.paths.push_back(std::move(from.paths[k]));
  }
  from = std::move(rest);
  return chosen;
}

// An image in two splits would let the model be tested on what it has seen.
void check_no_image_twice(const std::vector<std::pair<std::string, const LocatedImages*>>& splits) {
  std::map<std::filesystem::path, std::string> split_of;
  for (const auto& [split, images] : splits) {
    for (const auto& path : images->paths) {
      const auto [other, is_new] = split_of.try_emplace(path, split);
      if (!is_new) throw DataError({path.string()}, fmt::format("is listed in {} and in {}", other->second, split));
    }
  }
}

CaptionedImages to_captioned(LocatedImages&& located) {
  const auto paths = std::make_shared<const std::vector<std::filesystem::path>>(std::move(located.paths));
  return {.names = std::move(located.names),
          .captions = std::move(located.captions),
          .image =
              [paths](int64_t index) {
                try {
                  return read_image(paths->at(index));
                } catch (const DataError& error) {
                  throw DataError(fmt::format("{}; data.check_images=all leaves such files out", error.what()));
                }
              },
          .digest =
              [paths](int64_t index) {
                Sha256 sha;
                sha.add(read_file(paths->at(index)));
                return sha.finish();
              }};
}

}  // namespace

CaptionData read_captions(const CaptionDataOptions& options, int64_t seed, const ReadProgress& progress) {
  if (options.format == "shapes") return simulate_shapes(options.simulate_examples, seed);
  auto files = read_files(options);
  const auto locate = [&](const ListedImages& listed, const std::string& name) {
    return locate_images(listed, name, options.check_images == "all", progress, files.report);
  };
  auto train = locate(files.train, "train");
  auto validation = locate(files.validation, "validation");
  auto test = locate(files.test, "test");
  check_no_image_twice({{"train", &train}, {"validation", &validation}, {"test", &test}});
  const auto carve_part = [&](LocatedImages& part, double fraction, const std::string& name) {
    if (part.size() > 0) return;
    part = carve(train, fraction, seed);
    files.report.push_back(fmt::format("{}: {} images carved from train", name, with_commas(part.size())));
  };
  carve_part(test, options.test_fraction, "test");
  carve_part(validation, options.validation_fraction, "validation");
  for (const auto& [name, part] : {std::pair{"training", &train}, std::pair{"validation", &validation}}) {
    if (part->size() == 0)
      throw DataError(
          fmt::format("no {} images: of {} in all, none is left for it; give more, or set "
                      "data.validation_fraction and data.test_fraction",
                      name, train.size() + validation.size() + test.size()));
  }
  return {.train = to_captioned(std::move(train)),
          .validation = to_captioned(std::move(validation)),
          .test = to_captioned(std::move(test)),
          .report = std::move(files.report)};
}

}  // namespace recur
