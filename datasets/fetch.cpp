#include "datasets/fetch.h"

#include <algorithm>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "core/error.h"
#include "core/files.h"
#include "datasets/digest.h"
#include "datasets/transfer.h"

namespace recur {
namespace {

namespace fs = std::filesystem;

int64_t size_of(const fs::path& path) {
  return fs::exists(path) ? static_cast<int64_t>(fs::file_size(path)) : 0;
}

[[noreturn]] void give_up(const std::string& address, const fs::path& part, const std::string& name,
                          const std::string& reason) {
  const bool some = size_of(part) > 0;
  if (!some) fs::remove(part);
  throw DataError({name}, fmt::format("{} cannot be fetched: {}{}", address, reason,
                                      some ? "; the next try goes on where this one broke off"
                                           : fmt::format("; try again, or put the file at {} yourself",
                                                         fs::path(part).replace_extension().string())));
}

/// How many bytes may come: a file's own, and a little, since what cannot be packed grows by being packed.
int64_t most_bytes(const CatalogFile& file) {
  return file.size + file.size / 100 + (1 << 16);
}

/// The whole file, to `part`, in as many transfers as it takes.
void download(const CatalogFile& file, const fs::path& part, const FetchOptions& options) {
  using enum TransferResult::Outcome;
  auto most = size_of(part);
  auto pause = options.pause;
  for (int in_vain = 0;;) {
    const auto before = size_of(part);
    const auto result = transfer(file.address, part, file.path, most_bytes(file), options);
    switch (result.outcome) {
      case kDone:
        return;
      case kStopped:
        throw Error(fmt::format("{}: the download was stopped; the next one goes on from here", file.path));
      case kNotWritten:
        throw Error(fmt::format("{}: cannot be written: is the disk full?", part.string()));
      case kTooLong:
        fs::remove(part);
        throw DataError({file.path}, fmt::format("{} sends more than the {} bytes of the catalog's file; what came "
                                                 "was deleted",
                                                 file.address, file.size));
      case kCannotResume:  // or the part is as long as the file: once more, from the beginning
        if (before == 0) give_up(file.address, part, file.path, result.reason);
        fs::remove(part);
        break;
      case kTryAgain:
        // What has come further than ever; a server that cannot resume could break off at one place for all time.
        if (size_of(part) > most) {
          most = size_of(part);
          in_vain = 0;
          pause = options.pause;
        }
        if (++in_vain >= options.tries) give_up(file.address, part, file.path, result.reason);
        std::this_thread::sleep_for(std::min(std::max(pause, result.pause), options.most_pause));
        pause *= 2;
        break;
      case kFailed:
        give_up(file.address, part, file.path, result.reason);
    }
  }
}

// Is the address a packed form of the file?
bool is_packed(const CatalogFile& file) {
  return file.address.ends_with(".gz") && !file.path.ends_with(".gz") && !file.path.ends_with(".tgz");
}

/// A content that is longer than the catalog's is not written to its end: it could have any length.
void unpack_part(const CatalogFile& file, const fs::path& part, const fs::path& unpacked) {
  std::ofstream out(unpacked, std::ios::binary | std::ios::trunc);
  int64_t size = 0;
  read_unpacked(part, [&](std::string_view bytes) {
    size += std::ssize(bytes);
    if (size > file.size) {
      throw DataError({file.path}, fmt::format("{} holds more than the {} bytes of the catalog's file; it was deleted",
                                               file.address, file.size));
    }
    out.write(bytes.data(), std::ssize(bytes));
  });
  out.close();
  if (!out) throw Error(fmt::format("{}: cannot be written: is the disk full?", unpacked.string()));
}

void fetch_file(const CatalogFile& file, const fs::path& folder, const FetchOptions& options) {
  const fs::path target = folder / file.path;
  // The verified name ends as the target's does, so that a .gz is looked at unpacked; the downloaded one is NAME.part.
  const fs::path part = fs::path(target).concat(".part");
  const fs::path candidate = target.parent_path() / (".unverified-" + target.filename().string());
  download(file, part, options);
  try {
    is_packed(file) ? unpack_part(file, part, candidate) : fs::rename(part, candidate);
  } catch (const DataError&) {
    fs::remove(part);
    fs::remove(candidate);
    throw;
  }
  fs::remove(part);
  CatalogFile unverified = file;
  unverified.path = fs::path(file.path).replace_filename(candidate.filename()).string();
  const auto check = verify_file(unverified, folder);
  if (check.state != FileState::kOk) {
    fs::remove(candidate);
    throw DataError(
        {file.path},
        fmt::format("what {} sent is not the file of the catalog: got {} bytes with SHA-256 {}, expected {} "
                    "bytes with {}; it was deleted",
                    file.address, check.size, check.sha256.empty() ? "none" : check.sha256, file.size, file.sha256));
  }
  // Unpacked before it has its name: what was killed in between is done again.
  if (file.unpack) unpack_archive(candidate, target.parent_path());
  flush_disk(candidate);
  fs::rename(candidate, target);
}

/// Makes a folder for `work`, and if that fails and left nothing there takes back what was made.
template <class Work>
void in_folder(const fs::path& folder, Work work) {
  std::vector<fs::path> made;
  for (auto missing = folder; !missing.empty() && !fs::exists(missing); missing = missing.parent_path()) {
    made.push_back(missing);
  }
  fs::create_directories(folder);
  try {
    work();
  } catch (...) {
    std::error_code is_not_empty;
    for (const auto& one : made) fs::remove(one, is_not_empty);
    throw;
  }
}

}  // namespace

void fetch(const CatalogEntry& entry, const fs::path& directory, const FetchOptions& options) {
  if (!entry.can_fetch()) {
    throw DataError(
        fmt::format("{} cannot be fetched ({}). How to get it: {}", entry.name, entry.licence, entry.obtain));
  }
  const fs::path folder = directory / entry.folder;
  for (const auto& file : entry.files) {
    if (verify_file(file, folder).state == FileState::kOk) continue;
    in_folder((folder / file.path).parent_path(), [&] { fetch_file(file, folder, options); });
  }
}

}  // namespace recur
