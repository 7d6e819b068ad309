#include <cmath>
#include <cstdlib>
#include <memory>

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/special_tokens.h"
#include "datasets/text/byte_stream.h"
#include "datasets/text/word_vectors.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::HasSubstr;

Vocabulary vocabulary_of(const std::vector<std::string>& words) {
  TokenMap<int64_t> counts;
  auto count = static_cast<int64_t>(words.size());
  for (const auto& word : words) counts[word] = count--;  // ids in the order given, from 2
  return Vocabulary::build(counts);
}

// Packs files as `set_format` and `add_filter` say.
std::filesystem::path pack(const std::filesystem::path& path, int (*set_format)(archive*), int (*add_filter)(archive*),
                           const std::vector<std::pair<std::string, std::string>>& files) {
  const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
  add_filter(writer.get());
  set_format(writer.get());
  EXPECT_EQ(archive_write_open_filename(writer.get(), path.c_str()), ARCHIVE_OK);
  for (const auto& [name, bytes] : files) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<int64_t>(bytes.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_write_header(writer.get(), entry.get());
    archive_write_data(writer.get(), bytes.data(), bytes.size());
  }
  return path;
}

std::string binary_row(const std::string& word, const std::vector<float>& numbers) {
  std::string row = word + " ";
  row.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float));
  return row;
}

class WordVectorFile : public testing::Test {
 protected:
  WordVectors load(const std::string& bytes, const std::string& format = "auto", const std::string& name = "v.txt") {
    return load_word_vectors({.file = folder_.write(name, bytes), .format = format}, vocabulary_, 1);
  }
  std::string error_of(const std::string& bytes, const std::string& format = "auto") {
    auto message = message_of<DataError>([&] { load(bytes, format); });
    const auto folder = folder_.path().string() + "/";
    return message.starts_with(folder) ? message.substr(folder.size()) : message;
  }
  // a is row 2, and so on.
  static void expect_row(const WordVectors& vectors, int64_t row, const std::vector<float>& numbers) {
    EXPECT_TRUE(vectors.weight[row].equal(torch::tensor(numbers))) << row << vectors.weight;
  }

  TemporaryFolder folder_;
  Vocabulary vocabulary_ = vocabulary_of({"a", "b", ",", ". .", "absent"});
};

const std::string kText = "a 1 2 3.5\n, -1e-1 0 4\nother 7 8 9\n. . 0.5 0.25 -2\na 5 5 5\nb 6 6 6\n";

TEST_F(WordVectorFile, GloVeTextGivesTheRowsOfTheVocabulary) {
  const auto vectors = load(kText);
  EXPECT_EQ(vectors.weight.sizes(), torch::IntArrayRef({7, 3}));
  expect_row(vectors, 2, {1, 2, 3.5F});  // the first of two
  expect_row(vectors, 3, {6, 6, 6});
  expect_row(vectors, 4, {-0.1F, 0, 4});
  expect_row(vectors, 5, {0.5F, 0.25F, -2});
  EXPECT_EQ(vectors.found, 4);
  EXPECT_EQ(vectors.vocabulary, 5);
  EXPECT_EQ(vectors.report, "v.txt: 3 dimensions, 4 of 5 words found (80.0 %), 93.3 % of the tokens");
}

TEST_F(WordVectorFile, AllFormsAndPackingsGiveTheSame) {
  const auto expected = load(kText).weight;
  const auto expect_same = [&](const WordVectors& vectors) {
    EXPECT_TRUE(vectors.weight.equal(expected)) << vectors.report;
  };
  expect_same(load("6 3\n" + kText));
  expect_same(load("6 3\r\na 1 2 3.5 \r\n, -1e-1 0 4\r\n. . 0.5 0.25 -2\r\nx 0 0 0\nb 6 6 6\nx 0 0 0", "text"));
  for (const std::string end : {"", "\n"}) {  // word2vec's words hold no blanks: ". ." is not among them
    const auto binary = load("4 3\n" + binary_row("a", {1, 2, 3.5F}) + end + binary_row(",", {-0.1F, 0, 4}) + end +
                             binary_row("b", {6, 6, 6}) + end + binary_row("other", {0, 0, 0}) + end);
    EXPECT_EQ(binary.found, 3);
    for (const int64_t row : {2, 3, 4}) EXPECT_TRUE(binary.weight[row].equal(expected[row])) << row;
  }
  expect_same(load_word_vectors({.file = pack(folder_.path() / "v.txt.gz", archive_write_set_format_raw,
                                              archive_write_add_filter_gzip, {{"v", kText}})},
                                vocabulary_, 1));
  expect_same(load_word_vectors({.file = pack(folder_.path() / "v.zip", archive_write_set_format_zip,
                                              archive_write_add_filter_none, {{"v.txt", kText}})},
                                vocabulary_, 1));
}

TEST_F(WordVectorFile, OfSeveralFilesInAnArchiveOneIsNamed) {
  const auto zip = pack(folder_.path() / "v.zip", archive_write_set_format_zip, archive_write_add_filter_none,
                        {{"v.50.txt", "a 9\nb 8\n"}, {"v.100.txt", kText}})
                       .string();
  EXPECT_EQ(load_word_vectors({.file = zip + ":v.100.txt"}, vocabulary_, 1).weight.size(1), 3);
  EXPECT_EQ(load_word_vectors({.file = zip + ":v.50.txt"}, vocabulary_, 1).weight.size(1), 1);
  const auto message_for = [&](const std::string& file) {
    return message_of<DataError>([&] { load_word_vectors({.file = file}, vocabulary_, 1); });
  };
  EXPECT_EQ(message_for(zip),
            zip + ": holds 2 files; name one of them, e.g. v.zip:v.50.txt; they are v.50.txt, v.100.txt");
  EXPECT_THAT(message_for(zip + ":v.10.txt"),
              HasSubstr("v.zip: has no file \"v.10.txt\"; it holds v.50.txt, v.100.txt"));
  EXPECT_THAT(message_for(folder_.path() / "absent.txt"), HasSubstr("there is no such file"));
}

TEST_F(WordVectorFile, WordsWithoutAVectorAreRandomWithTheSameVariance) {
  std::vector<std::string> words;
  std::string text;
  for (int k = 0; k < 400; ++k) {
    words.push_back("w" + std::to_string(k));
    if (k % 2 == 0)
      text += words.back() + " " + std::to_string(0.3 * std::sin(k)) + " " + std::to_string(0.2 * k / 400) + "\n";
  }
  const auto file = folder_.write("v.txt", text);
  vocabulary_ = vocabulary_of(words);
  const auto one = load_word_vectors({.file = file}, vocabulary_, 1),
             two = load_word_vectors({.file = file}, vocabulary_, 2);
  const auto ids = torch::arange(2, 402);
  const auto found = one.weight.index_select(0, ids.slice(0, 0, 400, 2)),
             drawn = one.weight.index_select(0, ids.slice(0, 1, 400, 2));
  EXPECT_EQ(one.found, 200);
  EXPECT_NEAR(drawn.var().item<double>(), found.var().item<double>(), 0.1 * found.var().item<double>());
  EXPECT_NEAR(drawn.mean().item<double>(), 0, 0.03);
  EXPECT_LE(drawn.abs().max().item<double>(), std::sqrt(3 * found.var(false).item<double>()));
  EXPECT_TRUE(one.weight[kPadToken].equal(torch::zeros(2)));
  EXPECT_GT(one.weight[kUnknownToken].abs().min().item<double>(), 0);
  EXPECT_TRUE(one.weight.equal(load_word_vectors({.file = file}, vocabulary_, 1).weight));
  EXPECT_FALSE(one.weight.equal(two.weight));
}

TEST_F(WordVectorFile, SaysWhichRowIsMalformed) {
  EXPECT_EQ(error_of("a 1 2\nb 1\nc 1 2\n"), "v.txt:2: got 1 numbers, expected a word and 2");
  EXPECT_EQ(error_of("a 1 2\nb 1 2 3\n"), "v.txt:2: got 3 numbers or more, expected a word and 2");
  EXPECT_EQ(error_of("5 2\na 1 2\nb 1 x2\n"), "v.txt:3: got \"x2\" in the vector of \"b\", expected a number");
  EXPECT_EQ(error_of("a 1 2\nb 1 nan\n"), "v.txt:2: got \"nan\" in the vector of \"b\", expected a number");
  EXPECT_THAT(error_of("x 1 2\ny 1 2\n"), HasSubstr("v.txt: has none of the vocabulary's words"));
  EXPECT_EQ(error_of(""), "v.txt: is empty");
  EXPECT_THAT(error_of("a 1 2\n", "binary"), HasSubstr("without the line \"words dimensions\""));
  EXPECT_EQ(error_of("2 2\n" + binary_row("x", {1, 2}) + "\n" + binary_row("a", {1, INFINITY})),
            "v.txt:2: the vector of \"a\" holds what is no finite number");
}

TEST_F(WordVectorFile, AFileThatIsCutOffGivesTheRowsBefore) {
  const auto text = load("a 1 2\nother 2 3\nb 1");
  EXPECT_EQ(text.found, 1);
  EXPECT_THAT(text.report, HasSubstr("; line 3, the last, is cut off and left out"));
  EXPECT_EQ(load("a 1 2\nb 1 3").found, 2) << "only the line end is missing";
  const auto rows = "3 2\n" + binary_row("a", {1, 2}) + "\n" + binary_row("b", {3, 4});
  const auto binary = load(rows.substr(0, rows.size() - 1));
  EXPECT_EQ(binary.found, 1);
  EXPECT_THAT(binary.report, HasSubstr("; the file ends after 1 of its 3 words"));
}

TEST_F(WordVectorFile, RowsBeyondAnyBufferAreRead) {
  std::string text;
  for (int row = 0; row < 300; ++row) {
    text += "w" + std::to_string(row);
    for (int k = 0; k < 1000; ++k) text += " 0." + std::to_string((row * 7 + k) % 1000 + 1000);
    text += "\n";
  }
  vocabulary_ = vocabulary_of({"w299", "w150"});
  const auto vectors = load(text);
  EXPECT_EQ(vectors.weight.size(1), 1000);
  EXPECT_EQ(vectors.weight[2][999].item<float>(), 0.1092F);
  EXPECT_EQ(vectors.weight[3][0].item<float>(), 0.1050F);
}

// The samples in $RECUR_DATA (or ../shared/data); what is expected was computed by Python and numpy.
TEST(WordVectorSamples, AreReadAsAnotherProgramReadsThem) {
  const char* given = std::getenv("RECUR_DATA");
  const auto folder = std::filesystem::path(given && *given ? given : RECUR_SOURCE_DIR "/../shared/data") / "glove";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not there: set RECUR_DATA (recur data list)";
  struct Case {
    std::string file;
    int64_t words, dimensions;
    double sum, variance;
    std::string word;
    float first, last;
  };
  const std::vector<Case> cases{
      {"glove.6B.50d.first2446.truncated.txt", 2446, 50, 75.96196801518863, 0.5468830996692264, "\"", 0.25769F,
       0.97065F},
      {"glove.6B.100d.sample.txt.gz", 100, 100, -177.8666175035596, 0.3850344321497598, ",", -0.10767F, 0.082577F},
      {"multi-file-archive.zip:fake_embeddings.5d.txt", 15, 5, 44.996999913826585, 0.6253966782928029, "you", 0.723F,
       0.715F}};
  for (const auto& expected : cases) {
    // The vocabulary is the file's own words.
    const auto colon = expected.file.find(':');
    ByteStream stream(folder / expected.file.substr(0, colon),
                      colon == std::string::npos ? "" : expected.file.substr(colon + 1));
    TokenMap<int64_t> counts;
    while (!stream.at_end()) {
      const auto line = stream.line();
      counts[std::string(line.substr(0, line.find(' ')))] = 1;
    }
    const auto vocabulary = Vocabulary::build(counts);
    const auto vectors = load_word_vectors({.file = folder / expected.file}, vocabulary, 1);
    EXPECT_EQ(vectors.found, expected.words) << vectors.report;
    const auto rows = vectors.weight.slice(0, 2).to(torch::kFloat64);
    EXPECT_EQ(rows.size(1), expected.dimensions);
    EXPECT_NEAR(rows.sum().item<double>(), expected.sum, 1e-8);
    EXPECT_NEAR(rows.var(false).item<double>(), expected.variance, 1e-10);
    const auto row = vectors.weight[vocabulary.id(expected.word)];
    EXPECT_EQ(row[0].item<float>(), expected.first);
    EXPECT_EQ(row[-1].item<float>(), expected.last);
  }
}

}  // namespace
}  // namespace recur::this_file
