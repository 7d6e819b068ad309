// By hand; tests/interop/text_pipeline.cpp holds all of Unicode against Python's unicodedata.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/text/normalization.h"
#include "temporary_folder.h"

namespace recur::this_file {
namespace {

std::string normalized(const std::string& text, const std::string& form, bool lowercase = false) {
  return normalize_text(text, {.normalization = form, .lowercase = lowercase, .html_breaks = false});
}

TEST(TextNormalization, ReadsHtmlBreaksAsBlanks) {
  for (const char* text : {"a<br>b", "a<br/>b", "a<br />b", "a<BR />b", "a<Br\t/\n>b", "a<br >b"}) {
    EXPECT_EQ(html_breaks_to_blanks(text), "a b") << text;
  }
  EXPECT_EQ(html_breaks_to_blanks("<br /><br />a"), "  a");
  for (const char* text : {"", "<", "<b", "<br", "<br/", "<br//>", "< br>", "<brr>", "<hr>", "<\x02r>", "a < b > c"}) {
    EXPECT_EQ(html_breaks_to_blanks(text), text);
  }
  EXPECT_EQ(html_breaks_to_blanks("<<br>"), "< ");
  EXPECT_EQ(normalize_text("A<br>B", {.html_breaks = false}), "a<br>b");
}

TEST(TextNormalization, ComposesAndUnfolds) {
  EXPECT_EQ(normalized("e\xCC\x81", "nfc"), "\xC3\xA9");
  EXPECT_EQ(normalized("e\xCC\x81", "none"), "e\xCC\x81");
  EXPECT_EQ(normalized("\xEF\xAC\x81 \xE2\x84\xA2", "nfc"), "\xEF\xAC\x81 \xE2\x84\xA2")
      << "compatible is not the same";
  EXPECT_EQ(normalized("\xEF\xAC\x81 \xE2\x84\xA2", "nfkc"), "fi TM");
  EXPECT_EQ(normalized("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", "nfc"), "\xED\x95\x9C") << "Hangul";
  EXPECT_EQ(normalized("q\xCC\x87\xCC\xA3", "nfc"), "q\xCC\xA3\xCC\x87") << "marks in their order";
}

TEST(TextNormalization, LowersCodePointByCodePoint) {
  EXPECT_EQ(normalized("\xC3\x89T\xC3\x89 \xCE\xA3", "nfc", true), "\xC3\xA9t\xC3\xA9 \xCF\x83");
  EXPECT_EQ(normalized("\xC4\xB0", "nfc", true), "i") << "a dotted I";
  EXPECT_EQ(normalized("STRASSE \xC3\x9F", "nfc", true), "strasse \xC3\x9F");
  EXPECT_EQ(normalized("ABC", "nfc", false), "ABC");
}

TEST(TextNormalization, KeepsNulBytesAndRefusesOtherBytes) {
  EXPECT_EQ(normalized(std::string("\xC3\xA9\0B", 4), "nfc", true), std::string("\xC3\xA9\0b", 4));
  EXPECT_THAT(message_of<DataError>([] { normalize_text("caf\xE9", {}); }),
              testing::HasSubstr("byte 4 (0xE9) is not UTF-8"));
}

}  // namespace
}  // namespace recur::this_file
