#include "trainers/tasks/encoded_texts.h"

namespace recur {

EncodedTexts::EncodedTexts(std::span<const std::string> texts, const TextPipeline& pipeline) {
  for (const auto& text : texts) {
    ids.push_back(pipeline.encode(text));
    lengths.push_back(static_cast<int64_t>(ids.back().size()));
  }
}

std::vector<std::string> token_texts(std::span<const int64_t> ids, const TextPipeline& pipeline) {
  std::vector<std::string> texts;
  for (const int64_t id : ids) texts.push_back(pipeline.decode(std::vector<int64_t>{id}));
  return texts;
}

}  // namespace recur
