// Texts by Python's rules and by ours: _text_oracle.py makes hard texts (and takes the real sentences that are there),
// this program normalizes, splits and encodes them, and the script compares that with unicodedata, with regular
// expressions, with the package sentencepiece, and with the exported TorchScript run by Python's torch.
// Skips where no Python with torch is at hand.
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "core/files.h"
#include "datasets/text/normalization.h"
#include "datasets/text/pipeline.h"

namespace recur::this_file {
namespace {

using Json = nlohmann::json;
using Texts = std::vector<std::string>;

struct Export {
  std::string name;
  TextOptions options;
};

const std::vector<Export> kExports{
    {"word-nfc", {}},
    {"word-nfkc-last", {.normalization = "nfkc", .max_tokens = 6, .keep = "last"}},
    {"word-none", {.normalization = "none", .lowercase = false, .html_breaks = false, .max_tokens = 6}},
    {"whitespace-nfkc", {.normalization = "nfkc", .tokenizer = "whitespace", .min_count = 2}},
    {"character-nfc", {.tokenizer = "character"}},
};

void write_json(const std::filesystem::path& path, const Json& json) {
  write_file_atomically(path, json.dump());
}

Json normalized(const Texts& texts, const std::string& form) {
  Json all = Json::array();
  for (const auto& text : texts) all.push_back(normalize_text(text, {.normalization = form}));
  return all;
}

Json encoded(const TextPipeline& pipeline, const Texts& texts) {
  Json all = Json::array();
  for (const auto& text : texts) all.push_back(pipeline.encode(text));
  return all;
}

Json tokens(const TextPipeline& pipeline, const Texts& texts) {
  Json all = Json::array();
  for (const auto& text : texts) all.push_back(pipeline.tokens(text));
  return all;
}

void write_subwords(const std::filesystem::path& folder, const Texts& texts) {
#ifndef __SANITIZE_ADDRESS__  // which keeps sentencepiece from being opened
  for (const std::string algorithm : {"unigram", "bpe"}) {
    const auto pipeline =
        TextPipeline::fit(texts, {.tokenizer = "subword", .subword = {.algorithm = algorithm, .vocabulary_size = 400}});
    write_file_atomically(folder / (algorithm + ".model"), pipeline.extra_files().at("sentencepiece.model"));
    write_json(folder / (algorithm + ".json"), tokens(pipeline, texts));
  }
#endif
}

TEST(TextPipelineInPython, GivesTheSameTextsTokensAndIds) {
  const std::string python = RECUR_PYTHON;
  if (std::system(fmt::format("'{}' -c 'import torch' 2>/dev/null", python).c_str()) != 0) {
    GTEST_SKIP() << "needs a Python with torch; the build found \"" << python << "\"";
  }
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("recur-text-{}", getpid());
  std::filesystem::create_directories(folder);
  const auto script = [&](const std::string& step) {
    return std::system(fmt::format("'{}' -B '{}/tests/interop/_text_oracle.py' {} '{}'", python, RECUR_SOURCE_DIR, step,
                                   folder.string())
                           .c_str());
  };
  ASSERT_EQ(script("write"), 0);
  const auto hard = Json::parse(read_file(folder / "hard.json")).get<Texts>();
  const auto real = Json::parse(read_file(folder / "real.json")).get<Texts>();
  for (const std::string form : {"none", "nfc", "nfkc"}) {
    write_json(folder / ("normalized-" + form + ".json"), normalized(hard, form));
  }
  Texts all = hard;
  all.insert(all.end(), real.begin(), real.end());
  const Texts some(all.begin(), all.begin() + std::min<std::ptrdiff_t>(std::ssize(all), std::ssize(hard) + 1000));
  for (const auto& [name, options] : kExports) {
    const auto pipeline = TextPipeline::fit(all, options);
    if (name == "word-nfc") write_json(folder / "words.json", tokens(pipeline, all));
    write_json(folder / (name + ".ids.json"), encoded(pipeline, name == "word-nfc" ? all : some));
    pipeline.to_torchscript().save((folder / (name + ".pt")).string());
  }
  write_subwords(folder, Json::parse(read_file(folder / "english.json")).get<Texts>());
  EXPECT_EQ(script("check"), 0);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace recur::this_file
