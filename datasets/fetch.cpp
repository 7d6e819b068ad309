#include "datasets/fetch.h"

#include <cstdio>
#include <fstream>
#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>

#include "core/error.h"
#include "datasets/digest.h"

namespace recur {
namespace {

namespace fs = std::filesystem;

// One download to the end of `part`.
struct Transfer {
  std::string address;
  fs::path part;
  std::string name;  // for the progress
  const FetchProgress* progress = nullptr;
  int64_t resumed_at = 0;
  std::ofstream file;
  bool stopped = false;
};

size_t on_bytes(const char* bytes, size_t one, size_t count, void* data) {
  auto& transfer = *static_cast<Transfer*>(data);
  transfer.file.write(bytes, static_cast<std::streamsize>(one * count));
  return transfer.file ? one * count : 0;
}

int on_progress(void* data, curl_off_t total, curl_off_t done, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(data);
  if (!*transfer.progress) return 0;
  const auto before = transfer.resumed_at;
  transfer.stopped = !(*transfer.progress)(transfer.name, before + done, total > 0 ? before + total : 0);
  return transfer.stopped;
}

int64_t size_of(const fs::path& path) {
  return fs::exists(path) ? static_cast<int64_t>(fs::file_size(path)) : 0;
}

// Runs the transfer; what libcurl says, and the HTTP status.
std::pair<CURLcode, long> perform(Transfer& transfer, std::string& reason) {
  static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  if (kStarted != CURLE_OK || !curl) throw Error("libcurl cannot be started");
  transfer.resumed_at = size_of(transfer.part);
  transfer.file.open(transfer.part, std::ios::binary | std::ios::app);
  char message[CURL_ERROR_SIZE] = "";
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
  set(CURLOPT_URL, transfer.address.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https,file");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, 30L);
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);  // a server that is silent for a minute is gone
  set(CURLOPT_LOW_SPEED_TIME, 60L);
  set(CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(transfer.resumed_at));
  set(CURLOPT_WRITEFUNCTION, &on_bytes);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
  set(CURLOPT_XFERINFOFUNCTION, &on_progress);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(&transfer));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_ERRORBUFFER, static_cast<char*>(message));
  const auto code = curl_easy_perform(curl.get());
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  transfer.file.close();
  reason = message[0] ? message : curl_easy_strerror(code);
  return {code, status};
}

void download(const std::string& address, const fs::path& part, const std::string& name,
              const FetchProgress& progress) {
  for (bool again = false;; again = true) {
    Transfer transfer{.address = address,
                      .part = part,
                      .name = name,
                      .progress = &progress,
                      .resumed_at = 0,
                      .file = {},
                      .stopped = false};
    std::string reason;
    const auto [code, status] = perform(transfer, reason);
    if (code == CURLE_OK) return;
    if (transfer.stopped)
      throw Error(fmt::format("{}: the download was stopped; the next one goes on from here", name));
    if (code == CURLE_WRITE_ERROR) throw Error(fmt::format("{}: cannot be written: is the disk full?", part.string()));
    // The server cannot resume, or the part is as long as the file (416): once more, from the beginning.
    const bool cannot_resume = code == CURLE_RANGE_ERROR || code == CURLE_BAD_DOWNLOAD_RESUME || status == 416;
    if (!cannot_resume || transfer.resumed_at == 0 || again) {
      const bool some = size_of(part) > 0;
      if (!some) fs::remove(part);
      throw DataError({name}, fmt::format("{} cannot be fetched: {}{}", address, reason,
                                          some ? "; the next try goes on where this one broke off" : ""));
    }
    fs::remove(part);
  }
}

// Is the address a packed form of the file?
bool is_packed(const CatalogFile& file) {
  return file.address.ends_with(".gz") && !file.path.ends_with(".gz") && !file.path.ends_with(".tgz");
}

void unpack_part(const fs::path& part, const fs::path& unpacked) {
  std::ofstream out(unpacked, std::ios::binary | std::ios::trunc);
  read_unpacked(part, [&](std::string_view bytes) { out.write(bytes.data(), static_cast<int64_t>(bytes.size())); });
  out.close();
  if (!out) throw Error(fmt::format("{}: cannot be written: is the disk full?", unpacked.string()));
}

void fetch_file(const CatalogFile& file, const fs::path& folder, const FetchProgress& progress) {
  const fs::path target = folder / file.path;
  // The verified name ends as the target's does, so that a .gz is looked at unpacked; the downloaded one is NAME.part.
  const fs::path part = fs::path(target).concat(".part");
  const fs::path candidate = target.parent_path() / (".unverified-" + target.filename().string());
  fs::create_directories(target.parent_path());
  download(file.address, part, file.path, progress);
  try {
    is_packed(file) ? unpack_part(part, candidate) : fs::rename(part, candidate);
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
  fs::rename(candidate, target);
}

}  // namespace

void fetch(const CatalogEntry& entry, const fs::path& directory, const FetchProgress& progress) {
  if (!entry.can_fetch()) {
    throw DataError(
        fmt::format("{} cannot be fetched ({}). How to get it: {}", entry.name, entry.licence, entry.obtain));
  }
  const fs::path folder = directory / entry.folder;
  for (const auto& file : entry.files) {
    if (verify_file(file, folder).state == FileState::kOk) continue;
    fetch_file(file, folder, progress);
  }
}

}  // namespace recur
