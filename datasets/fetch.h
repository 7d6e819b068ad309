// Downloads a data set of the catalog: resumed where it broke off, verified before it gets its name, unpacked.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "datasets/catalog.h"

namespace recur {

/// Called many times a second while `file` comes in; `total` is 0 as long as it is not known.  Returning false stops
/// the download (what has come so far stays, for the next try).
using FetchProgress = std::function<bool(const std::string& file, int64_t done, int64_t total)>;

struct FetchOptions {
  FetchProgress progress = {};
  int tries = 5;                          ///< one after another that get no further, until it is given up
  std::chrono::milliseconds pause{1000};  ///< before the second try; doubled each time, or what the server asks for
  std::chrono::milliseconds most_pause{60'000};
  std::chrono::seconds stall{60};  ///< a server that is silent for so long is gone
};

/// Gets each file of `entry` that is not there yet, or not as it should be, into `directory`/entry.folder: to
/// NAME.part, which a later call goes on with; verified; renamed to NAME; and, if it is an archive, unpacked beside it.
/// A file that is complete is not fetched again.  A connection that cannot be made, breaks off or stalls, and a server
/// that is busy (408, 429, 500, 502, 503, 504), are tried again.  libcurl's variables of the environment (http_proxy,
/// https_proxy, no_proxy, ...) hold.
/// @throws DataError  at once, and nothing is fetched, for a file that has no address (says how to get it); for an
///                    address that does not answer (the part stays), for content whose size or SHA-256 is not the
///                    catalog's (the part is deleted), for an archive that unpack_archive() refuses.
/// @throws Error      stopped by `progress`; a disk that cannot be written.
void fetch(const CatalogEntry& entry, const std::filesystem::path& directory, const FetchOptions& options = {});

/// Unpacks an archive (tar, zip, compressed or not) into `folder`: plain files and folders, each file under its name
/// only when it is whole.  The archive is read to its end first, so that one that is refused has written nothing.
/// @throws DataError  for a damaged archive, a path that leaves the folder (absolute, with "..", or over a link that
///                    lies there), a link, or content of more than kMostUnpacked times the archive's size, which is
///                    what archives made to fill disks hold.
/// @throws Error      where the disk has no room for it.
void unpack_archive(const std::filesystem::path& archive, const std::filesystem::path& folder);

constexpr int64_t kMostUnpacked = 200;  // texts are packed to a tenth, sparse tables to a fiftieth

}  // namespace recur
