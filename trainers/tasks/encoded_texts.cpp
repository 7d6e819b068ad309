#include "trainers/tasks/encoded_texts.h"

namespace recur {

EncodedTexts::EncodedTexts(std::span<const std::string> texts, const TextPipeline& pipeline) {
  for (const auto& text : texts) {
    ids.push_back(pipeline.encode(text));
    lengths.push_back(static_cast<int64_t>(ids.back().size()));
  }
}

}  // namespace recur
