// Downloads a data set of the catalog: resumed where it broke off, verified before it gets its name, unpacked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "datasets/catalog.h"

namespace recur {

/// Called many times a second while `file` comes in; `total` is 0 as long as it is not known.  Returning false stops
/// the download (what has come so far stays, for the next try).
using FetchProgress = std::function<bool(const std::string& file, int64_t done, int64_t total)>;

/// Gets each file of `entry` that is not there yet, or not as it should be, into `directory`/entry.folder: to
/// NAME.part, which a later call goes on with; verified; renamed to NAME; and, if it is an archive, unpacked beside it.
/// A file that is complete is not fetched again.
/// @throws DataError  at once, and nothing is fetched, for a file that has no address (says how to get it); for an
///                    address that does not answer (the part stays), for content whose size or SHA-256 is not the
///                    catalog's (the part is deleted), for an archive that would write outside the folder.
/// @throws Error      stopped by `progress`.
void fetch(const CatalogEntry& entry, const std::filesystem::path& directory, const FetchProgress& progress = {});

/// Unpacks an archive (tar, zip, compressed or not) into `folder`: plain files and folders.
/// @throws DataError  for a damaged archive, a path that leaves the folder (absolute, or with ".."), or a link.
void unpack_archive(const std::filesystem::path& archive, const std::filesystem::path& folder);

}  // namespace recur
