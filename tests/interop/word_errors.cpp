// Error rates and alignments by jiwer and by ours: _jiwer_oracle.py makes hard pairs of transcripts (and takes
// Multi30k's sentences where they are) with jiwer's numbers.  Skips where no Python with jiwer is at hand.
#include "trainers/metrics/word_errors.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "core/files.h"
#include "trainers/metrics/word_confusions.h"

namespace recur::this_file {
namespace {

using Json = nlohmann::json;
using Texts = std::vector<std::string>;

constexpr double kTolerance = 1e-12;

Json counts(const ErrorRate& errors) {
  return Json::array({errors.substitutions, errors.deletions, errors.insertions, errors.reference});
}

Json edits(const Tokens& reference, const Tokens& hypothesis) {
  auto listed = Json::array();
  for (const auto& edit : shortest_edits(reference, hypothesis)) {
    listed.push_back(Json::array({static_cast<int>(edit.kind), edit.reference, edit.hypothesis}));
  }
  return listed;
}

void expect_equal(const Json& theirs) {
  const Texts references = theirs.at("references"), hypotheses = theirs.at("hypotheses");
  const auto scores = score_transcripts(hypotheses, references);
  EXPECT_NEAR(scores.at("wer"), theirs.at("wer").get<double>(), kTolerance);
  EXPECT_NEAR(scores.at("cer"), theirs.at("cer").get<double>(), kTolerance);
  EXPECT_EQ(counts(word_errors(hypotheses, references)), theirs.at("words"));
  EXPECT_EQ(counts(character_errors(hypotheses, references)), theirs.at("characters"));
  for (size_t k = 0; k < references.size(); ++k) {
    const auto said = transcript_words(references[k]), heard = transcript_words(hypotheses[k]);
    EXPECT_EQ(Json(said), theirs.at("split")[0][k]) << Json(references[k]);
    EXPECT_EQ(Json(heard), theirs.at("split")[1][k]) << Json(hypotheses[k]);
    EXPECT_EQ(edits(said, heard), theirs.at("edits")[k]) << references[k] << "\n" << hypotheses[k];
  }
  const auto worst = worst_transcripts(hypotheses, references, 1);
  if (!theirs.contains("picture") || worst.empty()) return;
  const std::vector<std::string> lines = theirs.at("picture");
  EXPECT_EQ(alignment_text(worst.front()), fmt::format("{}\n", fmt::join(lines, "\n")));
}

TEST(WordErrorsInPython, AreJiwers) {
  const std::string python = RECUR_PYTHON;
  if (std::system(fmt::format("'{}' -c 'import jiwer' 2>/dev/null", python).c_str()) != 0) {
    GTEST_SKIP() << "needs a Python with jiwer (tests/requirements.txt); the build found \"" << python << "\"";
  }
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("recur-word-errors-{}", getpid());
  std::filesystem::create_directories(folder);
  const auto oracle =
      fmt::format("'{}' -B '{}/tests/interop/_jiwer_oracle.py' '{}'", python, RECUR_SOURCE_DIR, folder.string());
  ASSERT_EQ(std::system(oracle.c_str()), 0);
  const auto theirs = Json::parse(read_file(folder / "cases.json"));
  ASSERT_GT(theirs.size(), 700u);
  for (const auto& [name, expected] : theirs.items()) {
    SCOPED_TRACE(name);
    expect_equal(expected);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace recur::this_file
