// Tokens and their ids.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace recur {

/// Lets a map of std::string be asked for a std::string_view without a copy.
struct TokenHash {
  using is_transparent = void;
  size_t operator()(std::string_view token) const { return std::hash<std::string_view>{}(token); }
};
template <class Value>
using TokenMap = std::unordered_map<std::string, Value, TokenHash, std::equal_to<>>;

/// Ids 0 and 1 are padding and the unknown token; then the tokens by descending count, ties by their bytes.
///
/// "<pad>" and "<unk>" where a text itself holds them are unknown: no text can bring forth padding.
class Vocabulary {
 public:
  Vocabulary();  ///< padding and unknown only

  /// Keeps the tokens that were counted at least `min_count` times, and of these the `max_size` most frequent; padding
  /// and unknown come on top.
  static Vocabulary build(const TokenMap<int64_t>& counts, int64_t min_count = 1,
                          std::optional<int64_t> max_size = std::nullopt);

  /// kUnknownToken for a token that is not there; never kPadToken.
  int64_t id(std::string_view token) const;
  /// @throws std::out_of_range
  const std::string& token(int64_t id) const { return tokens_.at(static_cast<size_t>(id)); }
  /// How often the token was counted; 0 for padding and unknown.  @throws std::out_of_range
  int64_t count(int64_t id) const { return counts_.at(static_cast<size_t>(id)); }
  /// Ids, padding and unknown among them.
  int64_t size() const { return static_cast<int64_t>(tokens_.size()); }

  /// {"tokens": [...], "counts": [...]}, without padding and unknown.  Tokens must be UTF-8.
  std::string to_json() const;
  /// @throws CheckpointError saying what is missing or malformed.
  static Vocabulary from_json(const std::string& text);

 private:
  void add(const std::string& token, int64_t count);

  std::vector<std::string> tokens_;
  std::vector<int64_t> counts_;
  TokenMap<int64_t> ids_;  ///< without padding and unknown
};

}  // namespace recur
