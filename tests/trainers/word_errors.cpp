// Error rates of transcripts by hand and with jiwer's numbers (tests/interop/word_errors.cpp compares many more).
#include "trainers/metrics/word_errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "trainers/metrics/word_confusions.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Kind = Edit::Kind;
using Texts = std::vector<std::string>;

std::vector<Edit> edits(const char* reference, const char* hypothesis) {
  return shortest_edits(transcript_words(reference), transcript_words(hypothesis));
}

std::vector<Kind> kinds(const char* reference, const char* hypothesis) {
  std::vector<Kind> kinds;
  for (const auto& edit : edits(reference, hypothesis)) kinds.push_back(edit.kind);
  return kinds;
}

template <class Function>
std::string message_of(Function function) {
  try {
    function();
  } catch (const DataError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(ShortestEdits, SayWhatBecameOfEachWord) {
  EXPECT_THAT(edits("one two three four", "one too three four five"),
              ElementsAre(Edit{Kind::kEqual, 0, 0}, Edit{Kind::kSubstitution, 1, 1}, Edit{Kind::kEqual, 2, 2},
                          Edit{Kind::kEqual, 3, 3}, Edit{Kind::kInsertion, 4, 4}));
  EXPECT_THAT(edits("one two three", "two three"),
              ElementsAre(Edit{Kind::kDeletion, 0, 0}, Edit{Kind::kEqual, 1, 0}, Edit{Kind::kEqual, 2, 1}));
}

TEST(ShortestEdits, OfNothing) {
  EXPECT_THAT(edits("", ""), IsEmpty());
  EXPECT_THAT(kinds("", "a b"), ElementsAre(Kind::kInsertion, Kind::kInsertion));
  EXPECT_THAT(kinds("a b", ""), ElementsAre(Kind::kDeletion, Kind::kDeletion));
}

TEST(ShortestEdits, OfSeveralWaysTakeRapidfuzzs) {
  EXPECT_THAT(kinds("a b", "b a"), ElementsAre(Kind::kInsertion, Kind::kEqual, Kind::kDeletion));
  EXPECT_THAT(kinds("a b", "c"), ElementsAre(Kind::kSubstitution, Kind::kDeletion));
  EXPECT_THAT(kinds("a", "b c"), ElementsAre(Kind::kInsertion, Kind::kSubstitution));
  EXPECT_THAT(kinds("short one here", "shoe order one"),
              ElementsAre(Kind::kInsertion, Kind::kSubstitution, Kind::kEqual, Kind::kDeletion));
}

TEST(TranscriptWords, AreJiwers) {
  EXPECT_THAT(transcript_words("  one  two three\n"), ElementsAre("one", "two", "three"));
  EXPECT_THAT(transcript_words(" \t\n"), IsEmpty());
  EXPECT_THAT(transcript_words("a\tb c"), ElementsAre("a\tb", "c")) << "one tab is no space";
  EXPECT_THAT(transcript_words("a\t\u00A0b \tc"), ElementsAre("a", "b", "c")) << "two blanks are";
  EXPECT_THAT(transcript_words("über\u3000die \x1c"), ElementsAre("über\u3000die"));
}

TEST(TranscriptCharacters, CountBlanksWithin) {
  EXPECT_THAT(transcript_characters(" ü  b\t"), ElementsAre("ü", " ", " ", "b"));
}

TEST(ErrorRates, AddUpOverACorpus) {
  const Texts said = {"one two three four", "five"}, heard = {"one too four", "five six seven"};
  const auto words = word_errors(heard, said);
  EXPECT_EQ(words, (ErrorRate{.substitutions = 1, .deletions = 1, .insertions = 2, .reference = 5}));
  EXPECT_DOUBLE_EQ(words.rate(), 4. / 5);
  const auto characters = character_errors(heard, said);
  EXPECT_EQ(characters.reference, 22);
  EXPECT_DOUBLE_EQ(characters.rate(), 17. / 22);
}

TEST(ErrorRates, OfSilenceCountWhatWasHeard) {
  EXPECT_EQ(word_errors(Texts{""}, Texts{""}).rate(), 0);
  EXPECT_EQ(word_errors(Texts{"a b"}, Texts{" "}).rate(), 2) << "jiwer's";
  EXPECT_EQ(word_errors(Texts{""}, Texts{"a b"}).rate(), 1);
  EXPECT_EQ(word_errors(Texts{"a", "a"}, Texts{"", "a b"}).rate(), 1);
}

TEST(TranscriptScores, AreFractions) {
  EXPECT_THAT(score_transcripts(Texts{"one  two", "three"}, Texts{"one two", "tree"}),
              UnorderedElementsAre(testing::Pair("wer", 1. / 3), testing::Pair("cer", 2. / 11),
                                   testing::Pair("exact_match", 0.5)));
}

TEST(TranscriptScores, OfIsolatedWordsHaveAnAccuracy) {
  const auto scores = score_transcripts(Texts{"one", "two three", "", "four"}, Texts{"one", "two", "three", "four"});
  EXPECT_DOUBLE_EQ(scores.at("accuracy"), 0.5);
  EXPECT_DOUBLE_EQ(scores.at("exact_match"), 0.5);
  EXPECT_DOUBLE_EQ(scores.at("wer"), 0.5);
}

TEST(TranscriptScores, NameWhatIsWrong) {
  EXPECT_THAT(message_of([] { score_transcripts(Texts{}, Texts{}); }), HasSubstr("got 0 transcripts and 0 references"));
  EXPECT_THAT(message_of([] {
                score_transcripts(Texts{"a"}, Texts{"a", "b"});
              }),
              HasSubstr("got 1 transcripts and 2 references"));
  EXPECT_THAT(message_of([] {
                score_transcripts(Texts{"a", "a\xff"}, Texts{"a", "b"});
              }),
              HasSubstr("transcript 1 (from 0): byte 2 (0xFF) is not UTF-8"));
  EXPECT_THAT(message_of([] { word_confusions(Texts{"a"}, Texts{"\x80"}); }), HasSubstr("reference 0"));
}

TEST(WordConfusionsOfACorpus, AreSortedByHowOftenTheyOccur) {
  const auto found =
      word_confusions(Texts{"nine one", "nine", "two uh", "b"}, Texts{"five one", "five four", "two", "a"});
  EXPECT_THAT(found.substitutions, ElementsAre(WordConfusion{"five", "nine", 2}, WordConfusion{"a", "b", 1}));
  EXPECT_THAT(found.deletions, ElementsAre(WordConfusion{"four", "", 1}));
  EXPECT_THAT(found.insertions, ElementsAre(WordConfusion{"", "uh", 1}));
}

TEST(WorstTranscripts, HaveTheMostErrors) {
  const Texts said = {"a b c", "a b", "a b c", "a", "x y"}, heard = {"a b c", "c c", "a d c", "", "z z"};
  const auto worst = worst_transcripts(heard, said, 3);
  ASSERT_EQ(worst.size(), 3u);
  EXPECT_EQ(worst[0].index, 1);
  EXPECT_EQ(worst[1].index, 4);
  EXPECT_EQ(worst[2].index, 3) << "of one word all is wrong";
  EXPECT_EQ(worst[2].errors.deletions, 1);
  EXPECT_EQ(worst_transcripts(heard, said, 10).size(), 4u) << "without the right one";
  EXPECT_THAT(worst_transcripts(heard, said, 0), IsEmpty());
}

std::string text_of(const char* said, const char* heard, int width = 0) {
  return alignment_text(worst_transcripts(Texts{heard}, Texts{said}, 1).at(0), width);
}

TEST(AlignmentText, IsJiwers) {
  EXPECT_EQ(text_of("quite a bit of longer sentence", "quite bit of an even longest sentence here"),
            "REF: quite a bit of ** ****  longer sentence ****\n"
            "HYP: quite * bit of an even longest sentence here\n"
            "           D         I    I       S             I\n");
}

TEST(AlignmentText, KeepsColumnsOfWideCharacters) {
  EXPECT_EQ(text_of("one 東京 e\u0301", "one too many x 東"),
            "REF: one *** **** 東京  e\u0301\n"
            "HYP: one too many    x 東\n"
            "           I    I    S  S\n");
  EXPECT_EQ(text_of("a\x01z", "b"), "REF: a?z\nHYP:   b\n       S\n");
}

TEST(AlignmentText, GoesOnInFurtherLines) {
  EXPECT_EQ(text_of("one two three four extraordinarily", "one too three four extraordinary", 18),
            "REF: one two three\n"
            "HYP: one too three\n"
            "           S\n"
            "\n"
            "REF: four\n"
            "HYP: four\n"
            "\n"
            "\n"
            "REF: extraordinarily\n"
            "HYP:   extraordinary\n"
            "                   S\n");
}

}  // namespace
}  // namespace recur::this_file
