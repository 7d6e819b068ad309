// Scores of translations by sacrebleu and by ours: _translation_oracle.py makes hard pairs of texts (and takes
// Multi30k's where it is) with sacrebleu's tokens and scores.  Skips where no Python with sacrebleu is at hand.
#include "trainers/metrics/translation_scores.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "core/files.h"
#include "trainers/metrics/tokenize_13a.h"

namespace recur::this_file {
namespace {

using Json = nlohmann::json;
using Texts = std::vector<std::string>;

constexpr double kTolerance = 1e-9;

struct Case {
  Texts translations, references;
};

std::vector<Tokens> words_of(const Texts& texts) {
  std::vector<Tokens> words;
  for (const auto& text : texts) words.push_back(translation_words(text));
  return words;
}

/// The tokens of the translations, then of the references.
void expect_tokens(const Case& c, const std::vector<Tokens>& expected) {
  Texts texts = c.translations;
  texts.insert(texts.end(), c.references.begin(), c.references.end());
  ASSERT_EQ(texts.size(), expected.size());
  for (size_t k = 0; k < texts.size(); ++k) EXPECT_EQ(tokenize_13a(texts[k]), expected[k]) << Json(texts[k]);
}

TEST(TranslationScoresInPython, AreSacrebleus) {
  const std::string python = RECUR_PYTHON;
  if (std::system(fmt::format("'{}' -c 'import sacrebleu' 2>/dev/null", python).c_str()) != 0) {
    GTEST_SKIP() << "needs a Python with sacrebleu (tests/requirements.txt); the build found \"" << python << "\"";
  }
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("recur-translation-{}", getpid());
  std::filesystem::create_directories(folder);
  const auto script = [&](const std::string& step) {
    return std::system(fmt::format("'{}' -B '{}/tests/interop/_translation_oracle.py' {} '{}'", python,
                                   RECUR_SOURCE_DIR, step, folder.string())
                           .c_str());
  };
  ASSERT_EQ(script("write"), 0);
  const auto theirs = Json::parse(read_file(folder / "cases.json"));
  ASSERT_GT(theirs.size(), 300u);
  Json words = Json::object(), word_bleu = Json::object();
  for (const auto& [name, expected] : theirs.items()) {
    const Case c{expected.at("translations"), expected.at("references")};
    const auto scores = score_translations(c.translations, c.references);
    SCOPED_TRACE(c.references.size() == 1 ? expected.dump() : name);
    EXPECT_NEAR(scores.at("bleu"), expected.at("bleu").get<double>(), kTolerance);
    EXPECT_NEAR(scores.at("chrf"), expected.at("chrf").get<double>(), kTolerance);
    EXPECT_EQ(bleu_signature(), expected.at("signature").get<std::string>());
    expect_tokens(c, expected.at("tokens"));
    words[name] = Json::array({words_of(c.translations), words_of(c.references)});
    word_bleu[name] = scores.at("bleu_tokens");
  }
  write_file_atomically(folder / "words.json", words.dump());
  ASSERT_EQ(script("words"), 0);
  const auto their_word_bleu = Json::parse(read_file(folder / "word_bleu.json"));
  ASSERT_EQ(their_word_bleu.size(), theirs.size());
  for (const auto& [name, expected] : their_word_bleu.items()) {
    EXPECT_NEAR(word_bleu.at(name).get<double>(), expected.get<double>(), kTolerance) << name;
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace recur::this_file
