#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "datasets/text/pipeline.h"

namespace recur {

/// Token ids of texts, in the texts' order.
struct EncodedTexts {
  std::vector<std::vector<int64_t>> ids;
  std::vector<int64_t> lengths;

  EncodedTexts(std::span<const std::string> texts, const TextPipeline& pipeline);
  int64_t size() const { return static_cast<int64_t>(ids.size()); }
};

/// What a decoder reads first, as it is shown.
inline constexpr const char* kSentenceStart = "<s>";

/// Each token as it is written, e.g. beside a picture of where it looked.
std::vector<std::string> token_texts(std::span<const int64_t> ids, const TextPipeline& pipeline);

}  // namespace recur
