// One file over the network by libcurl.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "datasets/fetch.h"

namespace recur {

struct TransferResult {
  enum class Outcome {
    kDone,
    kStopped,       ///< by FetchOptions::progress
    kNotWritten,    ///< the disk took no more
    kTooLong,       ///< more came than `most`
    kCannotResume,  ///< this server, or from there: only from the beginning
    kTryAgain,      ///< the network or a busy server
    kFailed
  };

  Outcome outcome = Outcome::kFailed;
  std::string reason = {};               ///< libcurl's words
  std::chrono::milliseconds pause = {};  ///< what the server asks for before the next try; 0: it said nothing
};

/// Goes on from the end of `part` to the end of what lies at `address`.  The progress calls it `name`; `part` may have
/// `most` bytes.
TransferResult transfer(const std::string& address, const std::filesystem::path& part, const std::string& name,
                        int64_t most, const FetchOptions& options);

}  // namespace recur
