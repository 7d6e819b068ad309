// What `recur --version` says.
#pragma once

#include <string>

namespace recur::apps {

/// "recur 0.1.0 (LibTorch 2.13.0, CPU)", or with "CUDA 12.8" where LibTorch is built with it, whether or not a device
/// is there.
std::string version_line();

}  // namespace recur::apps
