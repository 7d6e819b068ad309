#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/text/encoding.h"
#include "temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string error_of(const std::string& bytes, const std::string& encoding) {
  return message_of<DataError>([&] { decode_text(bytes, encoding, "a.txt"); });
}

TEST(TextEncoding, DecodesToUtf8) {
  EXPECT_EQ(decode_text("caf\xC3\xA9 \xF0\x9F\x8E\xAC", "utf-8", "a.txt"), "caf\xC3\xA9 \xF0\x9F\x8E\xAC");
  EXPECT_EQ(decode_text("caf\xE9 \x93quoted\x94 \x80", "windows-1252", "a.txt"),
            "caf\xC3\xA9 \xE2\x80\x9Cquoted\xE2\x80\x9D \xE2\x82\xAC");
  EXPECT_EQ(decode_text("caf\xE9", "Latin-1", "a.txt"), "caf\xC3\xA9");
  EXPECT_EQ(decode_text("\x82\xA0", "SHIFT_JIS", "a.txt"), "\xE3\x81\x82");
  EXPECT_EQ(decode_text("", "utf-8", "a.txt"), "");
  EXPECT_EQ(decode_text(std::string("a\0b", 3), "utf-8", "a.txt"), std::string("a\0b", 3));
}

TEST(TextEncoding, DropsAByteOrderMark) {
  EXPECT_EQ(decode_text("\xEF\xBB\xBFgood", "utf-8", "a.txt"), "good");
  EXPECT_EQ(decode_text(std::string("\xFF\xFEg\0o\0", 6), "utf-16", "a.txt"), "go");
  EXPECT_EQ(decode_text("go\xEF\xBB\xBFod", "utf-8", "a.txt"), "go\xEF\xBB\xBFod") << "only at the beginning";
}

TEST(TextEncoding, NamesThePlaceAndWhatWouldDo) {
  EXPECT_THAT(error_of("one\ntwo \xC3\xA9 caf\xE9 x", "utf-8"),
              AllOf(StartsWith("a.txt:2:10: byte 0xE9 is not utf-8"), HasSubstr("data.encoding=windows-1252")));
  EXPECT_THAT(error_of("a\x81", "utf-8"), HasSubstr("data.encoding=latin-1")) << "windows-1252 has no 0x81";
  EXPECT_THAT(error_of(std::string("\xFF\xFEg\0", 4), "utf-8"),
              AllOf(StartsWith("a.txt:1:1: byte 0xFF"), HasSubstr("data.encoding=utf-16")));
  EXPECT_THAT(error_of("caf\xC3\xA9", "ascii"), HasSubstr("data.encoding=utf-8"));
}

TEST(TextEncoding, TheFiveGapsOfWindows1252AreErrors) {
  for (const char* gap : {"\x81", "\x8D", "\x8F", "\x90", "\x9D"}) {
    EXPECT_THAT(error_of(std::string("ab\n") + gap, "windows-1252"), StartsWith("a.txt:2:1: byte 0x")) << gap;
  }
}

TEST(TextEncoding, RefusesWhatOnlyLooksLikeUtf8) {
  // Overlong, a surrogate, above U+10FFFF, a lone continuation, a cut sequence.
  for (const char* bytes : {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80", "\xE2\x82"}) {
    EXPECT_THAT(error_of(std::string("12345678 ") + bytes, "utf-8"), StartsWith("a.txt:1:10: byte 0x")) << bytes;
  }
  EXPECT_THAT(error_of("\x82", "SHIFT_JIS"), StartsWith("a.txt:1:1: byte 0x82")) << "half a character at the end";
}

TEST(TextEncoding, KnowsNoOtherNames) {
  // iconv reads "" as the locale's encoding, and //TRANSLIT as leave to replace.
  for (const char* name : {"utf-9", "", "ascii//TRANSLIT", "ascii//IGNORE"}) {
    EXPECT_THAT(message_of<ConfigError>([&] { decode_text("a", name, "a.txt"); }),
                AllOf(HasSubstr("data.encoding: got"), HasSubstr("windows-1252")))
        << name;
  }
}

}  // namespace
}  // namespace recur::this_file
