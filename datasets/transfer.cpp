#include "datasets/transfer.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>

#include <curl/curl.h>

#include "core/error.h"

namespace recur {
namespace {

constexpr long kMostRedirects = 10;
constexpr long kConnectSeconds = 30;
constexpr long kNotSatisfiable = 416;  // the range begins behind the end
constexpr std::array kBusy{408L, 429L, 500L, 502L, 503L, 504L};
constexpr std::array kNetwork{CURLE_COULDNT_CONNECT,
                              CURLE_COULDNT_RESOLVE_HOST,
                              CURLE_COULDNT_RESOLVE_PROXY,
                              CURLE_OPERATION_TIMEDOUT,
                              CURLE_PARTIAL_FILE,
                              CURLE_GOT_NOTHING,
                              CURLE_RECV_ERROR,
                              CURLE_SEND_ERROR,
                              CURLE_SSL_CONNECT_ERROR,
                              CURLE_HTTP2,
                              CURLE_HTTP2_STREAM};

template <class T, size_t N>
bool is_one_of(const std::array<T, N>& all, T one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// What libcurl's callbacks see.
struct Receiver {
  const std::string& name;
  const FetchProgress& progress;
  std::ofstream file;
  int64_t before, most;
  int64_t received = 0;
  bool stopped = false, too_long = false;
};

size_t on_bytes(const char* bytes, size_t one, size_t count, void* data) {
  auto& to = *static_cast<Receiver*>(data);
  const auto length = one * count;
  to.too_long = to.before + to.received + static_cast<int64_t>(length) > to.most;
  if (to.too_long) return 0;
  to.file.write(bytes, static_cast<std::streamsize>(length));
  to.received += static_cast<int64_t>(length);
  return to.file ? length : 0;
}

int on_progress(void* data, curl_off_t total, curl_off_t done, curl_off_t, curl_off_t) {
  auto& to = *static_cast<Receiver*>(data);
  if (!to.progress) return 0;
  to.stopped = !to.progress(to.name, to.before + done, total > 0 ? to.before + total : 0);
  return to.stopped;
}

TransferResult::Outcome outcome_of(CURLcode code, long status, const Receiver& to) {
  using enum TransferResult::Outcome;
  if (code == CURLE_OK) return kDone;
  if (to.stopped) return kStopped;
  if (to.too_long) return kTooLong;
  if (code == CURLE_WRITE_ERROR) return kNotWritten;
  if (code == CURLE_RANGE_ERROR || code == CURLE_BAD_DOWNLOAD_RESUME || status == kNotSatisfiable) return kCannotResume;
  const bool busy = code == CURLE_HTTP_RETURNED_ERROR && is_one_of(kBusy, status);
  return busy || is_one_of(kNetwork, code) ? kTryAgain : kFailed;
}

}  // namespace

TransferResult transfer(const std::string& address, const std::filesystem::path& part, const std::string& name,
                        int64_t most, const FetchOptions& options) {
  static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  if (kStarted != CURLE_OK || !curl) throw Error("libcurl cannot be started");
  std::error_code absent;
  const auto size = std::filesystem::file_size(part, absent);
  Receiver to{.name = name,
              .progress = options.progress,
              .file = std::ofstream(part, std::ios::binary | std::ios::app),
              .before = absent ? 0 : static_cast<int64_t>(size),
              .most = most};
  char message[CURL_ERROR_SIZE] = "";
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
  set(CURLOPT_URL, address.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https,file");
  set(CURLOPT_REDIR_PROTOCOLS_STR, address.starts_with("https:") ? "https" : "http,https");
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, kMostRedirects);
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall.count()));
  set(CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(to.before));
  set(CURLOPT_WRITEFUNCTION, &on_bytes);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&to));
  set(CURLOPT_XFERINFOFUNCTION, &on_progress);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(&to));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_ERRORBUFFER, static_cast<char*>(message));
  const auto code = curl_easy_perform(curl.get());
  to.file.close();
  long status = 0;
  curl_off_t seconds = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl.get(), CURLINFO_RETRY_AFTER, &seconds);
  return {.outcome = to.file || code != CURLE_OK ? outcome_of(code, status, to) : TransferResult::Outcome::kNotWritten,
          .reason = message[0] ? message : curl_easy_strerror(code),
          .pause = std::chrono::seconds(seconds)};
}

}  // namespace recur
