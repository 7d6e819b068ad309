#include "datasets/text/adopted_vocabulary.h"

#include <algorithm>
#include <iterator>
#include <map>

#include <ATen/ops/tensor.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"
#include "datasets/text/encoding.h"
#include "datasets/text/pipeline.h"

namespace recur {
namespace {

using nlohmann::json;

const std::vector<std::string> kPaddings = {"<pad>", "[PAD]"}, kUnknowns = {"<unk>", "[UNK]", "<oov>"};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    if (lines.back().ends_with('\r')) lines.back().pop_back();
    begin = end + 1;
  }
  return lines;
}

/// {"token": id, ...}; nothing stays "" but an id that no token has.
std::vector<std::string> tokens_by_id(const json& ids) {
  std::vector<std::string> tokens(ids.size());
  for (const auto& [token, id] : ids.items()) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() >= ids.size()) {
      throw DataError(fmt::format("\"{}\" has the id {}, expected one from 0 to {}: every id needs its token", token,
                                  id.dump(), ids.size() - 1));
    }
    auto& place = tokens[id.get<size_t>()];
    if (!place.empty()) throw DataError(fmt::format("\"{}\" and \"{}\" have the id {}", place, token, id.dump()));
    place = token;
  }
  return tokens;
}

std::vector<std::string> parse_vocabulary(const std::string& text) {
  const auto content = json::parse(text, nullptr, false);
  if (content.is_object()) return tokens_by_id(content);
  const bool is_list = content.is_array() && std::ranges::all_of(content, [](const json& t) { return t.is_string(); });
  return is_list ? content.get<std::vector<std::string>>() : lines_of(text);
}

/// The first of `names` among the tokens, or -1.
int64_t find_token(const std::vector<std::string>& tokens, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    const auto found = std::ranges::find(tokens, name);
    if (found != tokens.end()) return found - tokens.begin();
  }
  return -1;
}

}  // namespace

std::vector<std::string> read_vocabulary(const std::filesystem::path& path) {
  const auto source = path.string();
  std::vector<std::string> tokens;
  try {
    tokens = parse_vocabulary(decode_text(read_file(path), "utf-8", source));
  } catch (const DataError& error) {
    const std::string what = error.what();
    throw DataError(what.starts_with(source) ? what : source + ": " + what);
  }
  std::map<std::string, size_t> places;
  for (size_t id = 0; id < tokens.size(); ++id) {
    const auto [place, is_new] = places.emplace(tokens[id], id);
    if (is_new) continue;
    throw DataError(fmt::format("{}: \"{}\" is the token of the ids {} and {}", source, tokens[id], place->second, id));
  }
  return tokens;
}

torch::Tensor AdoptedVocabulary::reorder(const torch::Tensor& rows) const {
  const auto ids = at::tensor(old_ids, torch::kInt64);
  auto reordered = rows.index_select(0, ids.clamp_min(0));
  reordered.index_fill_(0, ids.lt(0).nonzero().squeeze(1), 0);
  return reordered;
}

AdoptedVocabulary adopt_vocabulary(const std::vector<std::string>& tokens, const TextOptions& options,
                                   const std::string& padding, const std::string& unknown) {
  if (options.tokenizer == "subword") {
    throw ConfigError(
        "data.text.tokenizer: subword needs the model that sentencepiece learned beside the vocabulary; expected "
        "whitespace, word or character");
  }
  const auto pad = find_token(tokens, padding.empty() ? kPaddings : std::vector{padding});
  const auto unk = find_token(tokens, unknown.empty() ? kUnknowns : std::vector{unknown});
  if (pad < 0 && !padding.empty()) throw ConfigError(fmt::format("the vocabulary has no \"{}\"", padding));
  if (unk < 0) {
    throw ConfigError(
        fmt::format("the vocabulary has no \"{}\": say by --unknown TOKEN which of its tokens stands for unknown ones",
                    unknown.empty() ? fmt::format("{}", fmt::join(kUnknowns, "\", \"")) : unknown));
  }
  const auto size = static_cast<int64_t>(tokens.size());
  AdoptedVocabulary adopted{.pipeline_json = {}, .unreachable = {}, .old_size = size, .old_ids = {pad, unk}};
  std::vector<std::string> known;
  for (int64_t id = 0; id < size; ++id) {
    if (id == pad || id == unk) continue;
    adopted.old_ids.push_back(id);
    known.push_back(tokens[id]);
  }
  // What a pipeline is beside its vocabulary, of a text without tokens.
  auto pipeline = json::parse(TextPipeline::fit(std::vector<std::string>{""}, options).to_json());
  pipeline["vocabulary"] = json{{"tokens", known}, {"counts", std::vector<int64_t>(known.size(), 0)}}.dump();
  adopted.pipeline_json = pipeline.dump();
  const auto reader = TextPipeline::from_json(adopted.pipeline_json);
  std::ranges::copy_if(known, std::back_inserter(adopted.unreachable),
                       [&](const auto& token) { return reader.tokens(token) != std::vector{token}; });
  return adopted;
}

}  // namespace recur
