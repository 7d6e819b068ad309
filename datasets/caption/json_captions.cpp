#include "datasets/caption/json_captions.h"

#include <filesystem>
#include <unordered_map>

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/caption/json_records.h"
#include "datasets/catalog.h"
#include "datasets/json.h"

namespace recur {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

int64_t json_id(const json& record, const std::string& key, const SourceLocation& where) {
  const auto found = record.find(key);
  if (found != record.end() && found->is_number_integer()) return found->get<int64_t>();
  throw DataError(where, fmt::format("\"{}\" is {}, expected a whole number", key,
                                     found == record.end() ? "absent" : found->type_name()));
}

ListedImages& part_of(CaptionFiles& files, const std::string& split, const SourceLocation& where) {
  if (split == "train" || split == "restval") return files.train;
  if (split == "val") return files.validation;
  if (split == "test") return files.test;
  throw DataError(where, fmt::format("split \"{:.40}\", expected train, restval, val or test", split));
}

void check_has_images(bool has_images, const std::string& path, const std::string& expected) {
  if (!has_images) throw DataError({path}, "no images; expected " + expected);
}

// The captions are kept until the end: in some files they stand before the images.
class CocoFile {
 public:
  void add(const std::string& array, const json& record, const SourceLocation& where) {
    if (array == "images") {
      const auto id = json_id(record, "id", where);
      if (!names_.try_emplace(id, json_text(record, "file_name", where)).second) {
        throw DataError(where, fmt::format("id {} is another image's already", id));
      }
      order_.emplace_back(id, where);
    } else if (array == "annotations") {
      captions_.emplace_back(json_id(record, "image_id", where), json_text(record, "caption", where));
    }
  }

  std::vector<ListedImage> take_into(CaptionCollector& collector) {
    for (const auto& [id, where] : order_) collector.image(names_.at(id), where);
    for (const auto& [id, caption] : captions_) {
      const auto name = names_.find(id);
      if (name == names_.end()) {
        collector.leave_out_without_image();
      } else {
        collector.add_caption(*collector.find(name->second), caption);
      }
    }
    return collector.images();
  }

 private:
  std::unordered_map<int64_t, std::string> names_;
  std::vector<std::pair<int64_t, SourceLocation>> order_;
  std::vector<std::pair<int64_t, std::string>> captions_;
};

// "captions_train2014.json" -> "train2014".
std::string split_folder(const fs::path& path) {
  const auto stem = path.stem().string();
  return stem.substr(stem.rfind('_') + 1);
}

ListedImages read_coco_part(const std::string& file, const CaptionDataOptions& options, CaptionFiles& files) {
  if (file.empty()) return {};
  const auto path = find_data_file(file);
  CocoFile coco;
  for_each_json_record(path.string(), [&](const std::string& array, const json& record, const SourceLocation& where) {
    coco.add(array, record, where);
  });
  CaptionCollector captions(path.string(), options.punctuation);
  ListedImages part{.images = coco.take_into(captions)};
  check_has_images(!part.images.empty(), path.string(), R"({"images": [...], "annotations": [...]}, COCO's captions)");
  files.report.push_back(captions.to_line());
  // As COCO is unpacked: annotations/captions_train2014.json beside train2014/
  const auto base = path.parent_path();
  for (const auto& folder :
       image_folders(options.images, base.filename() == "annotations" ? base.parent_path() : base)) {
    part.folders.push_back(folder / split_folder(path));
    part.folders.push_back(folder);
  }
  return part;
}

}  // namespace

CaptionFiles read_karpathy(const CaptionDataOptions& options) {
  const auto path = find_data_file(options.captions);
  CaptionCollector captions(path.string(), options.punctuation);
  CaptionFiles files;
  for_each_json_record(path.string(), [&](const std::string& array, const json& record, const SourceLocation& where) {
    if (array != "images") return;
    const auto folder = record.contains("filepath") ? json_text(record, "filepath", where) : "";
    const auto name = (fs::path(folder) / json_text(record, "filename", where)).string();
    if (captions.find(name)) throw DataError(where, fmt::format("image \"{}\" is listed twice", name));
    auto& image = captions.image(name, where);
    if (!record.contains("sentences") || !record["sentences"].is_array()) {
      throw DataError(where, "no list \"sentences\"");
    }
    for (const auto& sentence : record["sentences"]) captions.add_caption(image, json_text(sentence, "raw", where));
    part_of(files, json_text(record, "split", where), where).images.push_back(image);
  });
  check_has_images(!captions.images().empty(), path.string(), R"({"images": [...]}, Karpathy's dataset.json)");
  files.report.push_back(captions.to_line());
  for (auto* part : {&files.train, &files.validation, &files.test}) {
    part->folders = image_folders(options.images, path.parent_path());
  }
  return files;
}

CaptionFiles read_coco(const CaptionDataOptions& options) {
  CaptionFiles files;
  files.train = read_coco_part(options.captions, options, files);
  files.validation = read_coco_part(options.validation_captions, options, files);
  files.test = read_coco_part(options.test_captions, options, files);
  return files;
}

}  // namespace recur
