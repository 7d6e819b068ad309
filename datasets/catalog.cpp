#include "datasets/catalog.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "core/error.h"
#include "core/names.h"
#include "datasets/digest.h"

namespace recur {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

bool CatalogEntry::can_fetch() const {
  return !files.empty() && std::ranges::none_of(files, &std::string::empty, &CatalogFile::address);
}

std::vector<std::string> data_names() {
  std::vector<std::string> names;
  for (const auto& entry : data_catalog()) names.push_back(entry.name);
  return names;
}

const CatalogEntry& find_data(const std::string& name) {
  const auto& entries = data_catalog();
  const auto found = std::ranges::find(entries, name, &CatalogEntry::name);
  if (found != entries.end()) return *found;
  throw DataError(
      fmt::format("no data set \"{}\" in the catalog{}; see recur data list", name, did_you_mean(name, data_names())));
}

std::filesystem::path data_directory() {
  if (const auto given = environment("RECUR_DATA"); !given.empty()) return given;
  if (const auto cache = environment("XDG_CACHE_HOME"); !cache.empty()) return std::filesystem::path(cache) / "recur";
  if (const auto home = environment("HOME"); !home.empty()) return std::filesystem::path(home) / ".cache" / "recur";
  throw DataError("no data directory: set RECUR_DATA (or HOME)");
}

bool is_there(const CatalogEntry& entry, const std::filesystem::path& directory) {
  const auto folder = directory / entry.folder;
  return std::filesystem::is_directory(folder) &&
         std::all_of(entry.files.begin(), entry.files.end(),
                     [&](const CatalogFile& file) { return std::filesystem::exists(folder / file.path); });
}

std::filesystem::path find_data_file(const std::filesystem::path& path) {
  if (std::filesystem::exists(path)) return path;
  std::string looked = path.is_absolute() ? "" : fmt::format(" in {}", std::filesystem::current_path().string());
  if (path.is_relative()) {
    const auto directory = data_directory();
    if (std::filesystem::exists(directory / path)) return directory / path;
    looked += fmt::format(" nor in the data directory {} (RECUR_DATA)", directory.string());
  }
  std::string advice;
  const auto wanted = path.generic_string();
  for (const auto& entry : data_catalog()) {
    if (!wanted.starts_with(entry.folder + "/")) continue;
    advice = entry.can_fetch() ? fmt::format("; recur data fetch {} gets it", entry.name)
                               : fmt::format("; how to get it: {}", entry.obtain);
    break;
  }
  throw DataError({path.string()}, fmt::format("there is no such file{}{}", looked, advice));
}

std::string to_string(FileState state) {
  switch (state) {
    case FileState::kOk:
      return "ok";
    case FileState::kAbsent:
      return "absent";
    case FileState::kSizeDiffers:
      return "size differs";
    case FileState::kHashDiffers:
      return "hash differs";
  }
  return "";
}

FileCheck verify_file(const CatalogFile& file, const std::filesystem::path& folder) {
  FileCheck check{.path = folder / file.path, .state = FileState::kAbsent, .size = 0, .sha256 = ""};
  if (!std::filesystem::is_regular_file(check.path)) return check;
  Digest digest;
  try {
    digest = digest_of_content(check.path);
  } catch (const DataError&) {  // a .gz cut short: its content is not the right one
    check.state = FileState::kHashDiffers;
    return check;
  }
  check.size = digest.size;
  check.sha256 = digest.sha256;
  check.state = digest.size != file.size       ? FileState::kSizeDiffers
                : digest.sha256 != file.sha256 ? FileState::kHashDiffers
                                               : FileState::kOk;
  return check;
}

std::vector<FileCheck> verify(const CatalogEntry& entry, const std::filesystem::path& directory) {
  std::vector<FileCheck> checks;
  for (const auto& file : entry.files) checks.push_back(verify_file(file, directory / entry.folder));
  return checks;
}

}  // namespace recur
