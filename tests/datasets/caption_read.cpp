// Captioned images in small, made here: every format gives the same, and what is malformed, absent or broken is named
// or counted.
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/caption/read_captions.h"
#include "datasets/image/image_file.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Image number k is grey k, 3 pixels high and 2 wide.
torch::Tensor image_number(int64_t k) {
  return torch::full({3, 2, 3}, k, torch::kUInt8);
}

void write_image(const TemporaryFolder& folder, const std::string& name, int64_t number) {
  folder.write(name, encode_png(image_number(number)));
}

std::string error_of(const CaptionDataOptions& options) {
  return message_of<DataError>([&] { read_captions(options, 1); });
}

// Flickr8k in small: a and b for training, c, d.
class Flickr8k : public testing::Test {
 protected:
  void SetUp() override {
    tokens_ = folder_
                  .write("Flickr8k.token.txt",
                         "a.png#0\tA dog 's ball .\na.png#1\tTwo # 7 dogs .\nb.png#0\tA cat\r\n\nc.png#0\t c1 \n"
                         "d.png#0\td1\nlost.png.1#0\tno list has it\n")
                  .string();
    folder_.write("Flickr_8k.trainImages.txt", "b.png\na.png\n");
    folder_.write("Flickr_8k.devImages.txt", "c.png\r\n\n");
    folder_.write("Flickr_8k.testImages.txt", "d.png");
    int64_t number = 1;
    for (const auto* name : {"a.png", "b.png", "c.png", "d.png"}) {
      write_image(folder_, fmt::format("Flicker8k_Dataset/{}", name), number++);
    }
    options_ = {.format = "flickr8k", .folder = folder_.path()};
  }

  TemporaryFolder folder_;
  std::string tokens_;
  CaptionDataOptions options_;
};

TEST_F(Flickr8k, IsSplitByItsListsInTheirOrder) {
  const auto data = read_captions(options_, 1);
  EXPECT_THAT(data.train.names, ElementsAre("b.png", "a.png"));
  EXPECT_THAT(data.train.captions, ElementsAre(ElementsAre("A cat"), ElementsAre("A dog s ball", "Two 7 dogs")));
  EXPECT_THAT(data.validation.captions, ElementsAre(ElementsAre("c1")));
  EXPECT_THAT(data.test.names, ElementsAre("d.png"));
  EXPECT_TRUE(data.train.image(0).equal(image_number(2)));
  EXPECT_TRUE(data.test.image(0).equal(image_number(4)));
  EXPECT_THAT(data.report, ElementsAre("Flickr8k.token.txt: 6 captions of 5 images",
                                       "1 images with captions are in no "
                                       "list",
                                       "train: 2 images, 3 captions", "validation: 1 images, 1 captions",
                                       "test: 1 images, 1 captions"));
}

TEST_F(Flickr8k, KeepsPunctuationWhereItIsAskedFor) {
  options_.punctuation = true;
  EXPECT_THAT(read_captions(options_, 1).train.captions[1], ElementsAre("A dog 's ball .", "Two # 7 dogs ."));
}

TEST_F(Flickr8k, CountsWhatIsAbsentBrokenOrWithoutCaption) {
  folder_.write("Flickr_8k.trainImages.txt", "a.png\ngone1.png\nb.png\ngone2.png\nsilent.png\n");
  folder_.write("Flickr8k.token.txt",
                "a.png#0\t .\na.png#1\tx\ngone1.png#0\tx\nb.png#0\tx\ngone2.png#0\tx\nc.png#0\tx\nd.png#0\tx\n");
  folder_.write("Flicker8k_Dataset/b.png", "GIF89a");
  const auto data = read_captions(options_, 1);
  EXPECT_THAT(data.train.names, ElementsAre("a.png"));
  EXPECT_THAT(data.train.captions, ElementsAre(ElementsAre("x")));
  EXPECT_EQ(data.report[0], "Flickr8k.token.txt: 6 captions of 6 images; left out: 1 empty captions");
  EXPECT_THAT(data.report[1], HasSubstr("train: 1 of 5 images, 1 captions; left out: 2 absent (gone1.png, gone2.png); "
                                        "1 broken ("));
  EXPECT_THAT(data.report[1], HasSubstr("b.png"));
  EXPECT_THAT(data.report[1], HasSubstr("GIF"));
  EXPECT_THAT(data.report[1], HasSubstr("; 1 without captions (silent.png)"));
}

TEST_F(Flickr8k, FindsBrokenPixelsOnlyWhereAllIsRead) {
  const auto bytes = encode_png(torch::randint(256, {40, 40, 3}, torch::kUInt8));
  folder_.write("Flicker8k_Dataset/a.png", bytes.substr(0, bytes.size() / 2));
  const auto by_header = read_captions(options_, 1);
  EXPECT_EQ(by_header.train.size(), 2);
  EXPECT_THAT(message_of<DataError>([&] { by_header.train.image(1); }), HasSubstr("a.png"));
  options_.check_images = "all";
  EXPECT_THAT(read_captions(options_, 1).train.names, ElementsAre("b.png"));
}

TEST_F(Flickr8k, ASplitWithoutAnyImageIsAnError) {
  folder_.write("Flickr_8k.devImages.txt", "gone.png\n");
  folder_.write("Flickr8k.token.txt", "a.png#0\tx\nb.png#0\tx\ngone.png#0\tx\nd.png#0\tx\n");
  EXPECT_THAT(error_of(options_),
              HasSubstr("none of the 1 validation images can be used: 1 absent (gone.png); looked in " +
                        (folder_.path() / "Flicker8k_Dataset").string()));
  options_.images = "no/such/folder";
  EXPECT_THAT(error_of(options_), HasSubstr("no/such/folder: no such folder of images"));
}

TEST_F(Flickr8k, SaysWhichLineIsMalformed) {
  folder_.write("Flickr8k.token.txt", "a.png#0\tx\na.png#1 x\n");
  EXPECT_EQ(error_of(options_), tokens_ + ":2: begins with \"a.png#1 x\", expected image.jpg#number<TAB>caption");
  folder_.write("Flickr8k.token.txt", "a.png\tnumber # 1\n");
  EXPECT_THAT(error_of(options_), HasSubstr(tokens_ + ":1: begins with "));
  folder_.write("Flickr8k.token.txt", "a.png#0\tx\nb.png#0\tcaf\xE9\n");
  EXPECT_THAT(error_of(options_), HasSubstr(tokens_ + ":2:12"));
  for (const auto* name : {"../a.png", "/etc/a.png", "x/../../a.png", ""}) {
    folder_.write("Flickr8k.token.txt", fmt::format("{}#0\tx\n", name));
    EXPECT_THAT(error_of(options_), HasSubstr(tokens_ + ":1: ")) << name;
  }
}

TEST_F(Flickr8k, AnImageBelongsToOneSplitOnce) {
  folder_.write("Flickr_8k.testImages.txt", "a.png\n");
  EXPECT_THAT(error_of(options_), HasSubstr("a.png: is listed in train and in test"));
  const auto list = folder_.write("Flickr_8k.testImages.txt", "d.png\nd.png\n").string();
  EXPECT_EQ(error_of(options_), list + ":2: image \"d.png\" is listed twice");
}

TEST_F(Flickr8k, AnAbsentFileIsNamed) {
  std::filesystem::remove(folder_.path() / "Flickr_8k.devImages.txt");
  EXPECT_THAT(error_of(options_), HasSubstr("Flickr_8k.devImages.txt: there is no such file"));
}

TEST(CaptionCsv, IsCarvedByImage) {
  const TemporaryFolder folder;
  std::string rows = "image,caption\n";
  for (int64_t k = 0; k < 20; ++k) {
    rows += fmt::format("{0}.png,caption {0}\n{0}.png,\"another, \"\"{0}\"\"\"\n", k);
    write_image(folder, fmt::format("Images/{}.png", k), k);
  }
  const CaptionDataOptions options{.format = "csv",
                                   .captions = folder.write("captions.txt", rows),
                                   .validation_fraction = 0.25,
                                   .test_fraction = 0.2};
  const auto data = read_captions(options, 1);
  EXPECT_EQ(data.test.size(), 4);
  EXPECT_EQ(data.validation.size(), 4);  // a quarter of the 16 that are left
  EXPECT_EQ(data.train.size(), 12);
  std::set<std::string> names;
  for (const auto* part : {&data.train, &data.validation, &data.test}) {
    for (int64_t k = 0; k < part->size(); ++k) {
      names.insert(part->names[k]);
      const auto number = std::stoll(part->names[k]);
      EXPECT_THAT(part->captions[k], ElementsAre(fmt::format("caption {}", number), fmt::format("another {}", number)));
      EXPECT_TRUE(part->image(k).equal(image_number(number)));
    }
  }
  EXPECT_EQ(names.size(), 20u);
  EXPECT_EQ(read_captions(options, 1).test.names, data.test.names);
  EXPECT_NE(read_captions(options, 2).test.names, data.test.names);
}

TEST(CaptionCsv, SaysWhatIsMalformed) {
  const TemporaryFolder folder;
  const auto path = folder.write("captions.txt", "image,text\na.png,x\n").string();
  const CaptionDataOptions options{.format = "csv", .captions = path};
  EXPECT_THAT(error_of(options), HasSubstr(path + ":1: no column \"caption\"; the columns are image, text"));
  folder.write("captions.txt", "image,caption\na.png,x\n../a.png,x\n");
  EXPECT_THAT(error_of(options), HasSubstr(path + ":3: image \"../a.png\""));
  folder.write("captions.txt", "image,caption\na.png,x,y\n");
  EXPECT_THAT(error_of(options), HasSubstr(path + ":2: got 3 fields, expected 2"));
}

TEST(KarpathyCaptions, AreSplitAsTheFileSays) {
  const TemporaryFolder folder;
  write_image(folder, "val/a.png", 1);
  write_image(folder, "b.png", 2);
  write_image(folder, "c.png", 3);
  write_image(folder, "d.png", 4);
  const auto path = folder.write("dataset.json", R"({"dataset": "x", "images": [
      {"filepath": "val", "filename": "a.png", "split": "restval", "sentences": [{"raw": "A 1.", "tokens": ["a"]},
                                                                                {"raw": "A 2"}]},
      {"filename": "b.png", "split": "train", "sentences": [{"raw": "caf\u00e9"}]},
      {"filename": "c.png", "split": "val", "sentences": [{"raw": "C"}]},
      {"filename": "d.png", "split": "test", "sentences": [{"raw": "D"}]}]})");
  const auto data = read_captions({.format = "karpathy", .captions = path}, 1);
  EXPECT_THAT(data.train.names, ElementsAre("val/a.png", "b.png"));
  EXPECT_THAT(data.train.captions, ElementsAre(ElementsAre("A 1", "A 2"), ElementsAre("caf\u00E9")));
  EXPECT_THAT(data.validation.names, ElementsAre("c.png"));
  EXPECT_TRUE(data.test.image(0).equal(image_number(4)));
  EXPECT_THAT(data.report[0], "dataset.json: 5 captions of 4 images");
}

TEST(KarpathyCaptions, SayWhichRecordIsMalformed) {
  const TemporaryFolder folder;
  const auto path = folder.write("dataset.json", "").string();
  const CaptionDataOptions options{.format = "karpathy", .captions = path};
  const auto error_for = [&](const std::string& text) {
    folder.write("dataset.json", text);
    return error_of(options);
  };
  const std::string good = R"({"filename": "a.png", "split": "train", "sentences": []})";
  EXPECT_EQ(error_for(R"({"images": [)" + good + R"(, {"filename": "b.png", "split": "dev", "sentences": []}]})"),
            path + ", images 2: split \"dev\", expected train, restval, val or test");
  EXPECT_EQ(error_for(R"({"images": [{"filename": 1}]})"), path + ", images 1: \"filename\" is number, expected text");
  EXPECT_EQ(error_for(R"({"images": [{"filename": "a"}]})"), path + ", images 1: no list \"sentences\"");
  EXPECT_THAT(error_for(R"({"images": [{"filepath": "..", "filename": "a.png"}]})"),
              HasSubstr("images 1: image \"../"));
  EXPECT_THAT(error_for(R"({"images": [{"filename": "a\u0000.png"}]})"), HasSubstr("images 1: image \"a"));
  EXPECT_THAT(error_for(R"({"images": [)" + good + ", " + good + "]}"), HasSubstr("images 2: image \"a.png\" is "));
  EXPECT_THAT(error_for("{\"images\": [\n{\"filename\": }]}"), HasSubstr(path + ":2:14: not JSON: "));
  EXPECT_THAT(error_for("{\"images\": [{\"filename\": \"\xE9\"}]}"), HasSubstr(path + ":1:27"));
  for (const auto* empty : {"{}", "[]", "{\"images\": []}", "[{\"a\": [{}]}]"}) {
    EXPECT_THAT(error_for(empty), HasSubstr(path + ": no images; expected ")) << empty;
  }
}

// COCO as it is unpacked; the captions stand before the images.
std::string coco_json(int64_t first, int64_t last) {
  std::string images, captions;
  for (auto k = first; k <= last; ++k) {
    images += fmt::format(R"({}{{"id": {}, "file_name": "{}.png", "license": 3}})", k > first ? ", " : "", 100 + k, k);
    captions += fmt::format(R"({}{{"image_id": {}, "id": 1, "caption": "c{}.\n"}})", k > first ? ", " : "", 100 + k, k);
  }
  return fmt::format(R"({{"info": {{"a": {{}}}}, "annotations": [{}], "images": [{}]}})", captions, images);
}

TEST(CocoCaptions, AreReadFromAFileForEachSplit) {
  const TemporaryFolder folder;
  for (int64_t k = 1; k <= 10; ++k)
    write_image(folder, fmt::format("{}/{}.png", k <= 8 ? "train2017" : "val2017", k), k);
  CaptionDataOptions options{.format = "coco",
                             .captions = folder.write("annotations/captions_train2017.json", coco_json(1, 8)),
                             .validation_captions = folder.write("annotations/captions_val2017.json", coco_json(9, 10)),
                             .test_fraction = 0.25};
  const auto data = read_captions(options, 1);
  EXPECT_EQ(data.train.size(), 6);
  EXPECT_EQ(data.test.size(), 2);
  EXPECT_THAT(data.validation.names, ElementsAre("9.png", "10.png"));
  EXPECT_THAT(data.validation.captions, ElementsAre(ElementsAre("c9"), ElementsAre("c10")));
  EXPECT_TRUE(data.validation.image(1).equal(image_number(10)));
  EXPECT_THAT(data.report, ElementsAre("captions_train2017.json: 8 captions of 8 images",
                                       "captions_val2017.json: 2 captions of 2 images", "train: 8 images, 8 captions",
                                       "validation: 2 images, 2 captions", "test: 2 images carved from train"));
  options.images = folder.path() / "train2017";  // the folder itself
  options.validation_captions = "";
  EXPECT_EQ(read_captions(options, 1).validation.size(), 1);
}

TEST(CocoCaptions, CountsAndNamesWhatDoesNotFit) {
  const TemporaryFolder folder;
  const auto path = folder.write("c.json", "").string();
  for (const auto* name : {"1.png", "2.png", "3.png"}) write_image(folder, name, 1);
  const CaptionDataOptions options{.format = "coco", .captions = path, .validation_fraction = 0.5, .test_fraction = 0};
  folder.write("c.json", R"({"images": [{"id": 1, "file_name": "1.png"}, {"id": 2, "file_name": "2.png"},
                                        {"id": 3, "file_name": "3.png"}],
                             "annotations": [{"image_id": 7, "caption": "x"}, {"image_id": 1, "caption": "x"},
                                             {"image_id": 2, "caption": "x"}, {"image_id": 2, "caption": " \n"}]})");
  const auto data = read_captions(options, 1);
  EXPECT_THAT(data.report,
              ElementsAre("c.json: 2 captions of 3 images; left out: 1 empty captions, 1 captions without image",
                          "train: 2 of 3 images, 2 captions; left out: 1 without captions (3.png)",
                          "test: 0 images carved from train", "validation: 1 images carved from train"));
  folder.write("c.json", R"({"images": [{"id": 1, "file_name": "1.png"}, {"id": 1, "file_name": "2.png"}]})");
  EXPECT_EQ(error_of(options), path + ", images 2: id 1 is another image's already");
  folder.write("c.json", R"({"annotations": [{"image_id": "1", "caption": "x"}]})");
  EXPECT_EQ(error_of(options), path + ", annotations 1: \"image_id\" is string, expected a whole number");
}

TEST(CaptionOptions, AreCheckedTogether) {
  const auto errors_of = [](const std::string& yaml) {
    return message_of<ConfigError>([&] { read_options<CaptionDataOptions>(parse_config(yaml, "c.yaml")); });
  };
  EXPECT_THAT(errors_of("format: csv"), HasSubstr("captions: csv needs its file: captions.txt"));
  EXPECT_THAT(errors_of("captions: c.csv"), HasSubstr("captions: is for formats csv, karpathy and coco only"));
  EXPECT_THAT(errors_of("images: x"), HasSubstr("images: shapes are drawn, not read"));
  EXPECT_THAT(errors_of("{format: karpathy, captions: d.json, test_captions: t.json}"),
              HasSubstr("test_captions: is for format coco only"));
}

}  // namespace
}  // namespace recur::this_file
