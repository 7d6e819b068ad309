// The sheet's images are taken out of the page again and decoded.
#include <string>

#include <ATen/ATen.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "core/error.h"
#include "datasets/image/image_file.h"
#include "trainers/log/contact_sheet.h"

namespace recur::this_file {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

torch::Tensor plain(int64_t height, int64_t width, std::vector<int64_t> colour) {
  return at::tensor(colour).to(at::kByte).expand({height, width, 3}).contiguous();
}

SheetEntry entry(const std::string& said, double score) {
  return {plain(300, 600, {200, 30, 40}), said, {"a dog runs", "the dog is running"}, score, "CIDEr"};
}

/// The images in a page, in order.
std::vector<torch::Tensor> images_of(const std::string& html) {
  const std::string before = "src=\"data:image/jpeg;base64,";
  std::vector<torch::Tensor> images;
  for (size_t at = html.find(before); at != std::string::npos; at = html.find(before, at)) {
    at += before.size();
    const std::string text = html.substr(at, html.find('"', at) - at);
    std::string bytes(text.size() / 4 * 3, '\0');
    EXPECT_GT(EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                              reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size())),
              0);
    images.push_back(decode_image(bytes, "page"));
  }
  return images;
}

TEST(ContactSheet, HoldsEachEntryUnderItsHeading) {
  const std::string html = contact_sheet_html({entry("first", 2.345), entry("second", 2)}, {entry("third", 0)});
  size_t before = 0;
  for (const char* part : {"The best", "first", "CIDEr 2.35", "<li>a dog runs</li>", "<li>the dog is running</li>",
                           "second", "CIDEr 2.00", "The worst", "third", "CIDEr 0.00"}) {
    const size_t at = html.find(part, before);
    ASSERT_NE(at, std::string::npos) << part;
    before = at;
  }
  EXPECT_THAT(images_of(html), SizeIs(3));
}

TEST(ContactSheet, ImagesComeSmallAndInTheirColours) {
  SheetEntry tall = entry("tall", 1), tiny = entry("tiny", 1);
  tall.image = plain(1000, 100, {10, 220, 30});
  tiny.image = plain(8, 8, {20, 30, 240});
  const std::vector<torch::Tensor> images = images_of(contact_sheet_html({entry("wide", 1), tall}, {tiny}));
  ASSERT_THAT(images, SizeIs(3));
  const int64_t sizes[3][2] = {{120, 240}, {240, 24}, {240, 240}};
  const torch::Tensor colours = at::tensor({200, 30, 40, 10, 220, 30, 20, 30, 240}).view({3, 3});
  for (int64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(images[i].size(0), sizes[i][0]);
    EXPECT_EQ(images[i].size(1), sizes[i][1]);
    EXPECT_LE((images[i].to(at::kLong) - colours[i]).abs().max().item<int64_t>(), 4) << "JPEG's rounding";
  }
}

TEST(ContactSheet, TextsAreEscaped) {
  SheetEntry rude = entry("<script>\"x\" & y", 1);
  rude.references = {"<b>'"};
  rude.score_name = "<i>";
  EXPECT_THAT(contact_sheet_html({rude}, {}),
              AllOf(Not(HasSubstr("<script")), Not(HasSubstr("<b>")), Not(HasSubstr("<i>")),
                    HasSubstr("alt=\"&lt;script&gt;&quot;x&quot; &amp; y\""), HasSubstr("<li>&lt;b&gt;&#39;</li>")));
}

TEST(ContactSheet, WhatIsAbsentIsNotShown) {
  SheetEntry bare{.image = plain(4, 4, {0, 0, 0}), .said = ""};
  const std::string html = contact_sheet_html({bare}, {});
  EXPECT_THAT(html, AllOf(Not(HasSubstr("The worst")), Not(HasSubstr("<ul>")), Not(HasSubstr("class=\"score\"")),
                          HasSubstr("(nothing)")));
  EXPECT_THAT(images_of(contact_sheet_html({}, {})), IsEmpty());
}

TEST(ContactSheet, AsksForNothingElse) {
  const std::string html = contact_sheet_html({entry("a", 1)}, {});
  EXPECT_THAT(html, AllOf(Not(HasSubstr("http")), Not(HasSubstr("url(")), Not(HasSubstr("@import"))));
}

TEST(ContactSheet, WhatIsNoImageIsAnError) {
  SheetEntry other = entry("a", 1);
  other.image = at::zeros({3, 8, 8});
  EXPECT_THROW(contact_sheet_html({}, {other}), ShapeError);
  other.image = torch::Tensor();
  EXPECT_THROW(contact_sheet_html({other}, {}), ShapeError);
}

}  // namespace
}  // namespace recur::this_file
