// Features of a frozen encoder, computed once and kept on disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <torch/types.h>

namespace recur {

/// Where features are kept: $XDG_CACHE_HOME/recur/features, else ~/.cache/recur/features.
/// @throws Error if neither XDG_CACHE_HOME nor HOME is set.
std::filesystem::path feature_cache_directory();

/// float32 [shape], from the file in `folder` that was written for the same key, or computed and written now.  The
/// tensor is the file, mapped: it takes no memory of its own, and writing to it does not change the file.
/// @param folder   one for all features
/// @param key      names everything that the features depend on: another key is another file.  A SHA-256, or so short
///                 and plain that it can be part of a file's name
/// @param shape    [N, ...], N rows
/// @param compute  gives rows begin..end-1, any device; called in order
/// @param batch    rows at once
/// @throws Error naming the file if it cannot be written; what `compute` throws.  No part of a file is left.
torch::Tensor cached_features(const std::filesystem::path& folder, const std::string& key,
                              const std::vector<int64_t>& shape, int64_t batch,
                              const std::function<torch::Tensor(int64_t begin, int64_t end)>& compute);

}  // namespace recur
