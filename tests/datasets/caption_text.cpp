#include "datasets/caption/caption_text.h"

#include <gtest/gtest.h>

namespace recur::this_file {
namespace {

TEST(CaptionText, PunctuationGoesAsInKarpathysPreprocessing) {
  // Python: " ".join(s.translate(str.maketrans("", "", string.punctuation)).split())
  EXPECT_EQ(clean_caption(" A man 's t-shirt , and \"his\" dog\t# 7 .\r\n", false), "A man s tshirt and his dog 7");
  EXPECT_EQ(clean_caption("an at&t phone (2 + 2 = 4), 5$ <b> ~ `x` | y^2", false), "an att phone 2 2 4 5 b x y2");
  EXPECT_EQ(clean_caption(" . ! ? ", false), "");
}

TEST(CaptionText, UnicodesPunctuationGoesToo) {
  EXPECT_EQ(clean_caption("\u201Cun ni\u00F1o\u201D \u2014 \u00BFqu\u00E9\uFF1F 5 \u20AC", false),
            "un ni\u00F1o qu\u00E9 5 \u20AC");
}

TEST(CaptionText, PunctuationStaysWhereItIsAskedFor) {
  EXPECT_EQ(clean_caption(" A man 's t-shirt .\n", true), "A man 's t-shirt .");
  EXPECT_EQ(clean_caption("two\u00A0\u2003blanks\nand a line", true), "two blanks and a line");
}

}  // namespace
}  // namespace recur::this_file
