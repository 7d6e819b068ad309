// Scores of translations against sacrebleu (`tests/interop/_translation_oracle.py numbers` prints the numbers) and by
// hand.
#include "trainers/metrics/translation_scores.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/datasets/temporary_folder.h"
#include "tests/trainers/caption_example.h"
#include "trainers/metrics/tokenize_13a.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Texts = std::vector<std::string>;

const Texts kTranslations = {"Two young, white males are outside near many bushes.",
                             "A man in a blue shirt is standing on a ladder.", "Der Mann läuft über die Straße", "",
                             "It costs 1,000.5 &quot;dollars&quot; (1990-2000)"};
const Texts kReferences = {"Two young, White males are outside near bushes.",
                           "A man in a blue shirt is standing on a ladder cleaning a window.",
                           "Ein Mann läuft über die Straße.", "Nothing was said.",
                           "It costs 1,000.5 \"dollars\", 1990\u00A0-\u00A02000"};

double score(const char* name, const std::string& translation, const std::string& reference) {
  return score_translations(Texts{translation}, Texts{reference}).at(name);
}

double smoothed(const char* candidate, const char* reference) {
  return smoothed_bleu(bleu_statistics(words(candidate), {words(reference)}));
}

TEST(Tokenize13a, TakesPunctuationApart) {
  EXPECT_THAT(tokenize_13a("Hello, world!"), ElementsAre("Hello", ",", "world", "!"));
  EXPECT_THAT(tokenize_13a("(a/b) [c]{d}~"), ElementsAre("(", "a", "/", "b", ")", "[", "c", "]", "{", "d", "}", "~"));
  EXPECT_THAT(tokenize_13a("a_b #1 3% x=y"), ElementsAre("a", "_", "b", "#", "1", "3", "%", "x", "=", "y"));
  EXPECT_THAT(tokenize_13a("Dog's don't"), ElementsAre("Dog's", "don't")) << "an apostrophe belongs to its word";
  EXPECT_THAT(tokenize_13a(""), IsEmpty());
  EXPECT_THAT(tokenize_13a(" \t\n "), IsEmpty());
}

TEST(Tokenize13a, LeavesStopsAndCommasInNumbers) {
  EXPECT_THAT(tokenize_13a("1,000.5 euros."), ElementsAre("1,000.5", "euros", "."));
  EXPECT_THAT(tokenize_13a("in 1990."), ElementsAre("in", "1990", "."));
  EXPECT_THAT(tokenize_13a(".5 a.5 5.a"), ElementsAre(".", "5", "a", ".", "5", "5", ".", "a"));
  EXPECT_THAT(tokenize_13a("U.S.,"), ElementsAre("U", ".", "S", ".", ","));
  EXPECT_THAT(tokenize_13a("..."), ElementsAre(".", ".", "."));
  EXPECT_THAT(tokenize_13a(".,5 5.,5"), ElementsAre(".", ",5", "5", ".", ",", "5")) << "sacrebleu";
  EXPECT_THAT(tokenize_13a("\u0663.\u0665"), ElementsAre("\u0663", ".", "\u0665")) << "only 0-9 are digits";
}

TEST(Tokenize13a, CutsHyphensBehindDigitsOnly) {
  EXPECT_THAT(tokenize_13a("1990-2000"), ElementsAre("1990", "-", "2000"));
  EXPECT_THAT(tokenize_13a("well-known -5 a-1 1-a"), ElementsAre("well-known", "-5", "a-1", "1", "-", "a"));
}

TEST(Tokenize13a, ReplacesEntitiesAndJoinsHyphenatedLines) {
  EXPECT_THAT(tokenize_13a("&quot;a&quot; &lt;b&gt; c&amp;d"),
              ElementsAre("\"", "a", "\"", "<", "b", ">", "c", "&", "d"));
  EXPECT_THAT(tokenize_13a("&amp;lt;"), ElementsAre("<")) << "& comes before <";
  EXPECT_THAT(tokenize_13a("&amp;quot;"), ElementsAre("&", "quot", ";")) << "and behind the quotation mark";
  EXPECT_THAT(tokenize_13a("a <skipped> b"), ElementsAre("a", "b"));
  EXPECT_THAT(tokenize_13a("trans-\nlation of\nlines"), ElementsAre("translation", "of", "lines"));
}

TEST(Tokenize13a, SplitsAtUnicodesBlanksAndAtNothingElseBeyondAscii) {
  EXPECT_THAT(tokenize_13a("a\u00A0b\u3000c\u2028d"), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(tokenize_13a("a\u001Cb\u001Fc\u0085d"), ElementsAre("a", "b", "c", "d")) << "as Python does";
  EXPECT_THAT(tokenize_13a("a\u200Bb"), ElementsAre("a\u200Bb"));
  EXPECT_THAT(tokenize_13a("Über die Straße."), ElementsAre("Über", "die", "Straße", "."));
  EXPECT_THAT(tokenize_13a("„Zug“ – 5€, ü."), ElementsAre("„Zug“", "–", "5€", ",", "ü", "."));
}

TEST(SmoothedBleu, HalvesWithEachOrderWithoutAMatch) {
  // Matches 3, 1, 0, 0 of 4, 3, 2, 1, and one word too few: sacrebleu says 27.534765745159184.
  EXPECT_NEAR(smoothed("a b c d", "a x c d e"),
              std::pow(3. / 4 * 1 / 3 * (1. / 2) / 2 * (1. / 4) / 1, 0.25) * std::exp(-0.25), 1e-15);
  EXPECT_NEAR(smoothed("a b c d", "a x c d e"), 0.27534765745159184, 1e-14);
  EXPECT_NEAR(smoothed("a b x c d y e", "a b c d e"), 0.1964073254502566, 1e-14);
}

TEST(SmoothedBleu, IsBleuWhereEveryOrderHasAMatch) {
  const CaptionExample example = caption_example(200);
  const BleuStatistics statistics = bleu_statistics(example.candidates, example.references);
  EXPECT_EQ(smoothed_bleu(statistics), bleu(statistics));
}

TEST(SmoothedBleu, IsZeroWithoutAnyMatchOrWithoutA4Gram) {
  EXPECT_EQ(smoothed("a b c d", "x y z"), 0);
  EXPECT_EQ(smoothed("a b c", "a b c"), 0) << "sacrebleu's eff:no";
  EXPECT_EQ(smoothed("", "a b c d"), 0);
  EXPECT_EQ(smoothed("", ""), 0);
  EXPECT_EQ(smoothed("a b c d", "a b c d"), 1);
}

TEST(Chrf, CountsCodePoints) {
  // Of 4, 3, 2, 1 n-grams 3, 2, 1, 0 match: (3/4 + 2/3 + 1/2 + 0) / 4.  Bytes would give 5 and more.
  EXPECT_NEAR(chrf(Texts{"über"}, Texts{"uber"}), (3. / 4 + 2. / 3 + 1. / 2) / 4, 1e-15);
  EXPECT_NEAR(chrf(Texts{"über"}, Texts{"uber"}), 0.4791666666666667, 1e-14) << "sacrebleu";
}

TEST(Chrf, WeighsRecallTwice) {
  // a: precision 1/2, recall 1; ab, of which the reference has none, does not count.
  EXPECT_NEAR(chrf(Texts{"ab"}, Texts{"a"}), 5 * 0.5 * 1 / (4 * 0.5 + 1), 1e-15);
  EXPECT_NEAR(chrf(Texts{"a"}, Texts{"ab"}), 5 * 1 * 0.5 / (4 * 1 + 0.5), 1e-15);
  EXPECT_NEAR(chrf(Texts{"the cat"}, Texts{"the cat sat"}), 0.5577101053281037, 1e-14) << "sacrebleu";
}

TEST(Chrf, LeavesOutOrdersThatAPairsReferenceHasNot) {
  // "ab", "bc" and "abc" of the first pair do not count: precision (7/9 + 5) / 6, recall 1.
  const double precision = (7. / 9 + 5) / 6, found = chrf(Texts{"abc", "abcdef"}, Texts{"a", "abcdef"});
  EXPECT_NEAR(found, 5 * precision / (4 * precision + 1), 1e-15);
  EXPECT_NEAR(found, 0.9923664122137404, 1e-14) << "sacrebleu";
}

TEST(Chrf, SeesNoBlanks) {
  EXPECT_EQ(chrf(Texts{"a\u00A0b\u001Cc d"}, Texts{"ab cd"}), 1);
}

TEST(Chrf, IsZeroWithoutAMatch) {
  EXPECT_EQ(chrf(Texts{""}, Texts{"a"}), 0);
  EXPECT_EQ(chrf(Texts{"a"}, Texts{""}), 0);
  EXPECT_EQ(chrf(Texts{""}, Texts{" "}), 0);
  EXPECT_EQ(chrf(Texts{"abc"}, Texts{"xyz"}), 0);
}

TEST(TranslationScores, AreSacrebleus) {
  const auto scores = score_translations(kTranslations, kReferences);
  EXPECT_NEAR(scores.at("bleu"), 57.9209481112525, 1e-10);
  EXPECT_NEAR(scores.at("chrf"), 70.57582022808717, 1e-10);
  EXPECT_EQ(scores.at("exact_match"), 0);
  EXPECT_EQ(scores.size(), 4u);
}

TEST(TranslationScores, OnlyTheWordsAreInLowerCase) {
  const std::string translation = "the Dog ran over the street.", reference = "The dog ran over the street.";
  EXPECT_DOUBLE_EQ(score("bleu_tokens", translation, reference), 100);
  EXPECT_NEAR(score("bleu", translation, reference), 100 * std::pow(5. / 7 * 4 / 6 * 3 / 5 * 2 / 4, 0.25), 1e-12);
  EXPECT_LT(score("chrf", translation, reference), 100);
  EXPECT_EQ(score("exact_match", translation, reference), 0);
}

TEST(TranslationScores, TakeWordsByTheProjectsRules) {
  EXPECT_THAT(translation_words("Don't cross ÄÖU\u0308, 1,000.5!!"),
              ElementsAre("do", "n't", "cross", "äöü", ",", "1,000.5", "!!"));
  EXPECT_DOUBLE_EQ(score("bleu_tokens", "a b don't", "A B DO n't"), 100);
  EXPECT_EQ(score("bleu", "a b don't", "A B DO n't"), 0);
}

TEST(TranslationScores, StripATextsEndBeforeItIsTokenized) {
  EXPECT_DOUBLE_EQ(score("bleu", "a b c d-\n", "a b c d-"), 100) << "the hyphen is at no line's end any more";
  EXPECT_THAT(tokenize_13a("d-\n"), ElementsAre("d"));
}

TEST(TranslationScores, AnExactMatchMayDifferInBlanks) {
  const Texts translations = {" a  dog\t", "a dog", "a dog", ""}, references = {"a dog", "a dog.", "A dog", " "};
  EXPECT_DOUBLE_EQ(score_translations(translations, references).at("exact_match"), 2.0 / 4);
}

TEST(TranslationScores, OfEmptyTranslationsAreZero) {
  for (const auto& [name, value] : score_translations(Texts{"", ""}, Texts{"a b c d e", ""})) {
    EXPECT_EQ(value, name == "exact_match" ? 0.5 : 0) << name;
  }
}

TEST(TranslationScores, OfTheReferencesThemselvesAreAtTheirHighest) {
  const auto scores = score_translations(kReferences, kReferences);
  EXPECT_DOUBLE_EQ(scores.at("bleu"), 100);
  EXPECT_DOUBLE_EQ(scores.at("bleu_tokens"), 100);
  EXPECT_DOUBLE_EQ(scores.at("chrf"), 100);
  EXPECT_DOUBLE_EQ(scores.at("exact_match"), 1);
}

TEST(TranslationScores, SayHowBleuWasMade) {
  EXPECT_EQ(bleu_signature(), "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp");
}

TEST(TranslationScores, WrongInputIsAnError) {
  EXPECT_THROW(score_translations({}, {}), DataError);
  EXPECT_THROW(score_translations(Texts{"a", "b"}, Texts{"a"}), DataError);
  EXPECT_THROW(chrf({}, {}), DataError);
  EXPECT_THROW(chrf(Texts{"a"}, Texts{"a", "b"}), DataError);
  EXPECT_THAT(message_of<DataError>([] {
                score_translations(Texts{"a", "b"}, Texts{"a", "caf\xE9"});
              }),
              HasSubstr("reference 1 (from 0): byte 4 (0xE9) is not UTF-8"));
}

}  // namespace
}  // namespace recur::this_file
