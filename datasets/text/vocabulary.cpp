#include "datasets/text/vocabulary.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/special_tokens.h"

namespace recur {
namespace {

constexpr const char* kPadText = "<pad>";
constexpr const char* kUnknownText = "<unk>";

}  // namespace

Vocabulary::Vocabulary() : tokens_{kPadText, kUnknownText}, counts_{0, 0} {}

Vocabulary Vocabulary::build(const TokenMap<int64_t>& counts, int64_t min_count, std::optional<int64_t> max_size) {
  std::vector<std::pair<std::string, int64_t>> kept;
  for (const auto& [token, count] : counts) {
    if (count >= min_count && token != kPadText && token != kUnknownText) kept.emplace_back(token, count);
  }
  std::sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  if (max_size && static_cast<int64_t>(kept.size()) > *max_size) kept.resize(static_cast<size_t>(*max_size));
  Vocabulary vocabulary;
  for (const auto& [token, count] : kept) vocabulary.add(token, count);
  return vocabulary;
}

void Vocabulary::add(const std::string& token, int64_t count) {
  if (!ids_.emplace(token, size()).second) throw Error(fmt::format("vocabulary: the token \"{}\" stands twice", token));
  tokens_.push_back(token);
  counts_.push_back(count);
}

int64_t Vocabulary::id(std::string_view token) const {
  const auto found = ids_.find(token);
  return found == ids_.end() ? kUnknownToken : found->second;
}

std::string Vocabulary::to_json() const {
  return nlohmann::json{{"tokens", std::vector(tokens_.begin() + 2, tokens_.end())},
                        {"counts", std::vector(counts_.begin() + 2, counts_.end())}}
      .dump();
}

Vocabulary Vocabulary::from_json(const std::string& text) {
  Vocabulary vocabulary;
  try {
    const auto json = nlohmann::json::parse(text);
    const auto tokens = json.at("tokens").get<std::vector<std::string>>();
    const auto counts = json.at("counts").get<std::vector<int64_t>>();
    if (tokens.size() != counts.size()) {
      throw Error(fmt::format("{} tokens, but {} counts", tokens.size(), counts.size()));
    }
    for (size_t i = 0; i < tokens.size(); ++i) vocabulary.add(tokens[i], counts[i]);
  } catch (const std::exception& e) {  // nlohmann's, and ours above
    throw CheckpointError(std::string("vocabulary: the JSON cannot be used: ") + e.what());
  }
  return vocabulary;
}

}  // namespace recur
