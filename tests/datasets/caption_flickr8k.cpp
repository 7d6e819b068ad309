// The real Flickr8k in $RECUR_DATA (or ../shared/data), 1,000 of its photographs.  What is expected was computed by a
// separate program: Python's str.translate with string.punctuation.
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datasets/caption/read_captions.h"

namespace recur::this_file {
namespace {

int64_t bytes_of(const CaptionedImages& images) {
  int64_t bytes = 0;
  for (const auto& captions : images.captions) {
    EXPECT_EQ(captions.size(), 5u);
    for (const auto& caption : captions) bytes += static_cast<int64_t>(caption.size());
  }
  return bytes;
}

TEST(CaptionFlickr8k, IsReadAsPythonReadsIt) {
  const char* given = std::getenv("RECUR_DATA");
  const auto data = std::filesystem::path(given && *given ? given : RECUR_SOURCE_DIR "/../shared/data");
  const auto folder = data / "flickr8k";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not there: set RECUR_DATA";
  const auto read = read_captions({.format = "flickr8k", .folder = folder}, 1);
  EXPECT_EQ(read.train.size(), 753);
  EXPECT_EQ(read.validation.size(), 113);
  EXPECT_EQ(read.test.size(), 125);
  EXPECT_EQ(bytes_of(read.train), 201439);
  EXPECT_EQ(bytes_of(read.validation), 31497);
  EXPECT_EQ(bytes_of(read.test), 33566);
  EXPECT_EQ(read.train.names[0], "1191338263_a4fa073154.jpg");
  EXPECT_EQ(read.train.captions[0][0], "A little old lady sitting next to an advertisement");
  EXPECT_EQ(read.test.names[0], "1258913059_07c613f7ff.jpg");
  EXPECT_EQ(read.report[0], "Flickr8k.token.txt: 40,460 captions of 8,092 images");
  EXPECT_EQ(read.report[1], "92 images with captions are in no list");  // 2258277193_586949ec62.jpg.1 among them
  EXPECT_THAT(read.report[2], testing::StartsWith("train: 753 of 6,000 images, 3,765 captions; left out: 5,247 absent "
                                                  "(2513260012_03d33305cf.jpg, "));
  const auto image = read.train.image(0);
  EXPECT_EQ(image.dim(), 3);
  EXPECT_EQ(std::min(image.size(0), image.size(1)), 256);
}

}  // namespace
}  // namespace recur::this_file
