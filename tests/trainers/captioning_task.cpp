// The captioning task on a user's few images: its loss, what it keeps on disk, and what it needs of the data later.
#include <cstdlib>
#include <map>
#include <set>

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "datasets/image/image_file.h"
#include "tests/datasets/temporary_folder.h"
#include "trainers/tasks/captioning.h"
#include "trainers/tasks/taught_sentences.h"

namespace recur::this_file {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const std::map<std::string, std::array<int, 3>> kColors = {
    {"red", {220, 30, 30}}, {"green", {30, 200, 40}}, {"blue", {40, 60, 230}}};

class CaptioningTask : public testing::Test {
 protected:
  CaptioningTask() {
    setenv("XDG_CACHE_HOME", (folder_.path() / "cache").c_str(), 1);
    std::string rows = "image,caption\n";
    for (int k = 0; k < 12; ++k) {
      const auto color = std::next(kColors.begin(), k % 3);
      write_image(fmt::format("{}.png", k), color->second, 24 + k);
      rows += fmt::format("{0}.png,all {1} here\n{0}.png,{1} and nothing else\n", k, color->first);
    }
    options_.task = "captioning";
    options_.device = "cpu";
    options_.data.format = "csv";
    options_.data.captions = folder_.write("captions.csv", rows).string();
    options_.data.images = folder_.path().string();
    options_.data.validation_fraction = options_.data.test_fraction = 0.25;
    options_.data.image = {.size = 16, .resize = 20, .crop = "centre"};
    options_.model.encoder = {.channels = {4, 6}, .blocks = {1, 1}};
    options_.model.decoder = {.embedding_size = 5, .recurrent = {.hidden_size = 7}, .attention_size = 4, .dropout = 0};
    options_.model.search.max_length = 8;
    options_.trainer.batch_size = 4;
    torch::manual_seed(2);
  }
  ~CaptioningTask() override { unsetenv("XDG_CACHE_HOME"); }

  void write_image(const std::string& name, const std::array<int, 3>& color, int64_t width) {
    auto image = at::empty({20, width, 3}, torch::kUInt8);
    for (int c = 0; c < 3; ++c) image.select(2, c).fill_(color[c]);
    image.select(0, 0).fill_(255 - width);  // no two images are alike
    folder_.write(name, encode_png(image));
  }

  CaptioningExperiment make() {
    torch::manual_seed(2);
    return {options_, nullptr, {}};
  }
  static double loss(CaptioningExperiment& task, int64_t epoch, int64_t batch = 0) {
    task.start_epoch(epoch);
    task.model().train();
    return task.training_loss(batch).item<double>();
  }
  std::vector<fs::path> cached() const {
    std::vector<fs::path> files;
    const auto folder = folder_.path() / "cache" / "recur" / "features";
    if (!fs::exists(folder)) return files;
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
    return files;
  }

  TemporaryFolder folder_;
  CaptioningOptions options_;
};

// By its definition: the mean of -log p over all tokens of all captions, a sentence's end among them.
TEST_F(CaptioningTask, MinimisesTheCrossEntropyOfAllCaptions) {
  options_.model.encoder.frozen = true;  // so that training and evaluation see the same
  options_.model.doubly_stochastic = 0;
  options_.trainer.batch_size = 100;
  auto task = make();
  const double got = loss(task, 0);
  torch::NoGradGuard no_grad;
  auto& model = dynamic_cast<CaptionerImpl&>(task.model());
  model.eval();
  const auto data = read_captions(options_.data, options_.seed);
  std::vector<std::string> captions;
  for (const auto& both : data.train.captions) captions.insert(captions.end(), both.begin(), both.end());
  const auto pipeline = TextPipeline::fit(captions, options_.data.text);
  const ImageTransform transform(options_.data.image);
  double sum = 0;
  int64_t tokens = 0;
  for (int64_t k = 0; k < data.train.size(); ++k) {
    const auto pixels = transform.evaluate(transform.prepare(data.train.image(k))).unsqueeze(0);
    for (const auto& caption : data.train.captions[k]) {
      auto start = model.start(model.encode(pixels));
      auto ids = pipeline.encode(caption);
      ids.push_back(0);
      int64_t last = 0;
      for (const int64_t id : ids) {
        auto next = model.decoder->step(torch::tensor({last}), start.state, start.memory);
        sum -= next.logits.log_softmax(1)[0][id].item<double>();
        start.state = next.state;
        last = id;
        ++tokens;
      }
    }
  }
  EXPECT_EQ(data.train.size(), 7);  // 3 of 12 for test, a quarter of the rest for validation
  EXPECT_NEAR(got, sum / static_cast<double>(tokens), 1e-5);
}

TEST_F(CaptioningTask, TheSameSeedAndEpochGiveTheSameBatches) {
  options_.data.image = {.size = 16, .resize = 20, .crop = "random", .flip = true, .jitter = {.brightness = 0.3}};
  options_.data.captions_per_image = 1;
  auto task = make();
  const auto weights = model_state(task.model());
  std::map<std::string, torch::Tensor> copy;
  for (const auto& [name, tensor] : weights) copy[name] = tensor.clone();
  const double fourth = loss(task, 3, 1);
  EXPECT_NE(loss(task, 4, 1), fourth);
  load_model_state(task.model(), copy, "test");
  EXPECT_EQ(loss(task, 3, 1), fourth);
}

TEST_F(CaptioningTask, SamplesItsOwnWordsMoreFromEpochToEpoch) {
  options_.model.encoder.frozen = true;
  options_.model.loss.scheduled_sampling = 1;
  options_.model.loss.scheduled_sampling_epochs = 2;
  options_.trainer.batch_size = 100;
  auto task = make();
  const auto spread = [&](int64_t epoch) {
    std::set<double> losses;
    for (int seed = 0; seed < 3; ++seed) {
      torch::manual_seed(seed);
      losses.insert(loss(task, epoch));
    }
    return losses.size();
  };
  EXPECT_EQ(spread(0), 1U);  // teacher forcing draws nothing
  EXPECT_EQ(spread(1), 3U);
  EXPECT_EQ(spread(2), 3U);
}

TEST_F(CaptioningTask, AFrozenEncodersFeaturesAreKeptAndNeverStale) {
  options_.model.encoder.frozen = true;
  options_.model.encoder.cache_features = false;
  auto without = make();
  const double expected = loss(without, 0);
  EXPECT_THAT(cached(), ElementsAre());

  options_.model.encoder.cache_features = true;
  auto task = make();
  EXPECT_NEAR(loss(task, 0), expected, 1e-6);
  EXPECT_EQ(task.evaluate("validation").metrics, without.evaluate("validation").metrics);
  EXPECT_EQ(cached().size(), 2U);  // train and validation
  auto again = make();
  EXPECT_NEAR(loss(again, 0), expected, 1e-6);
  EXPECT_EQ(cached().size(), 2U);

  const auto files_of = [&](CaptioningOptions options, int64_t weights_seed) {
    torch::manual_seed(weights_seed);
    CaptioningExperiment other(options, nullptr, {});
    loss(other, 0);
    return cached().size();
  };
  EXPECT_EQ(files_of(options_, 3), 3U);  // other weights
  auto smaller = options_;
  smaller.data.image.size = 12;
  EXPECT_EQ(files_of(smaller, 2), 4U);  // another transform
  write_image("1.png", {1, 2, 3}, 25);
  write_image("0.png", {1, 2, 3}, 24);  // one of them may not be of the training split
  write_image("2.png", {1, 2, 3}, 26);
  EXPECT_EQ(files_of(options_, 2), 5U);  // another image
}

TEST_F(CaptioningTask, FeaturesOfImagesThatVaryAreNotKept) {
  options_.model.encoder.frozen = true;
  options_.data.image.crop = "random";
  auto task = make();
  loss(task, 0);
  task.evaluate("test");
  EXPECT_THAT(cached(), ElementsAre());
}

TEST_F(CaptioningTask, PredictsWithoutItsData) {
  auto task = make();
  const auto files = std::vector<std::string>{(folder_.path() / "3.png").string(), (folder_.path() / "4.png").string()};
  const auto expected = task.predict({.inputs = files});
  Checkpoint checkpoint{.pipeline_json = task.pipeline_json(), .model = model_state(task.model())};
  fs::remove(options_.data.captions);
  CaptioningExperiment again(options_, &checkpoint, {});
  EXPECT_EQ(again.predict({.inputs = files}), expected);
  EXPECT_THROW(again.evaluate("train"), DataError);
}

TEST_F(CaptioningTask, SaysWhereEachWordLookedAndHowLikelyTheSentenceIs) {
  auto task = make();
  const auto answer = task.predict({.inputs = {(folder_.path() / "3.png").string()}, .beam_width = 3});
  const auto& said = answer.at("predictions").at(0);
  const auto words = said.at("words").get<std::vector<std::string>>();
  const auto attention = said.at("attention").get<std::vector<std::vector<std::vector<double>>>>();
  EXPECT_EQ(said.at("caption"), fmt::format("{}", fmt::join(words, " ")));
  ASSERT_EQ(attention.size(), words.size());
  for (const auto& grid : attention) {
    double sum = 0;
    for (const auto& row : grid) {
      EXPECT_EQ(row.size(), 4U);
      for (const double weight : row) sum += weight;
    }
    EXPECT_EQ(grid.size(), 4U);
    EXPECT_NEAR(sum, 1, 1e-5);
  }
  EXPECT_LT(said.at("log_probability").get<double>(), 0);
}

TEST_F(CaptioningTask, BaselinesNeedNoNetworkAndAreMeasuredAlike) {
  auto task = make();
  const auto evaluation = task.evaluate("test");
  EXPECT_EQ(evaluation.examples, 3);
  // The nearest neighbour by colour has that colour's captions, word for word.
  EXPECT_EQ(evaluation.baselines.at("nearest_colours_exact_match"), 1);
  EXPECT_NEAR(evaluation.baselines.at("nearest_colours_bleu2"), 1, 1e-9);
  EXPECT_LT(evaluation.baselines.at("commonest_caption_exact_match"), 1);
  for (const char* metric : {"bleu1", "bleu2", "bleu3", "bleu4", "rouge_l", "cider_d", "exact_match"}) {
    EXPECT_EQ(evaluation.metrics.count(metric), 1U) << metric;
    for (const char* baseline : {"commonest_caption", "nearest_colours", "nearest_features"}) {
      EXPECT_EQ(evaluation.baselines.count(fmt::format("{}_{}", baseline, metric)), 1U) << baseline << metric;
    }
  }
  const auto details = nlohmann::json::parse(evaluation.details_json).at("captions");
  EXPECT_EQ(details.size(), 3U);
  EXPECT_EQ(details[0].at("references").size(), 2U);
}

TEST_F(CaptioningTask, ItsExportWritesTheSameCaptions) {
  for (const std::string image : {"first_input", "initial_state", "attention"}) {
    options_.model.image = image;
    options_.model.search.beam_width = 2;
    auto task = make();
    const auto exported = task.export_torchscript();
    EXPECT_GT(exported.check.outputs, 10) << image;
    EXPECT_LE(exported.check.difference, exported.check.tolerance) << image;
    EXPECT_THAT(exported.notes, ElementsAre()) << image;
  }
}

TEST_F(CaptioningTask, NamesWhatItCannotDo) {
  auto task = make();
  EXPECT_THAT(message_of<ConfigError>([&] { task.evaluate("tset"); }), HasSubstr("expected train, validation or test"));
  const auto one = (folder_.path() / "3.png").string();
  EXPECT_THAT(message_of<ConfigError>([&] {
                task.predict({.inputs = {one, one}, .picture = (folder_.path() / "out.png").string()});
              }),
              HasSubstr("--picture draws one image, and 2 were given"));
  const auto broken = folder_.write("broken.png", read_image(one).numel() > 0 ? "\x89PNG\r\n\x1a\nrest" : "").string();
  EXPECT_THAT(message_of<DataError>([&] { task.predict({.inputs = {broken}}); }), HasSubstr("broken.png"));
  EXPECT_THAT(message_of<DataError>([&] { task.predict({.inputs = {"absent.jpg"}}); }), HasSubstr("absent.jpg"));
  options_.data.test_fraction = 0;
  EXPECT_THAT(message_of<DataError>([&] { make(); }), HasSubstr("the test split holds no image"));
}

TEST_F(CaptioningTask, StartsFromTheWeightsOfOthers) {
  options_.model.encoder.weights = "absent.safetensors";
  EXPECT_THAT(message_of<DataError>([&] { make(); }), HasSubstr("absent.safetensors"));
}

TEST(CaptionSplit, DrawsOtherCaptionsInOtherEpochsAndAllInTime) {
  CaptionedImages images{
      .names = {"a"}, .captions = {{"one", "two", "three", "four", "five"}}, .image = {}, .digest = {}};
  const auto pipeline = TextPipeline::fit(images.captions[0], {});
  const CaptionSplit split(images, pipeline, {});
  std::set<std::vector<std::vector<int64_t>>> seen;
  std::map<int64_t, int> counts;
  for (int64_t epoch = 0; epoch < 200; ++epoch) {
    const auto drawn = split.drawn_captions(0, 2, /*seed=*/1, epoch);
    ASSERT_EQ(drawn.size(), 2U);
    EXPECT_NE(drawn[0], drawn[1]);
    EXPECT_EQ(drawn, split.drawn_captions(0, 2, 1, epoch));
    seen.insert(drawn);
    for (const auto& caption : drawn) ++counts[caption[0]];
  }
  EXPECT_EQ(seen.size(), 20U);  // every ordered pair of five
  for (const auto& [id, count] : counts) EXPECT_NEAR(count, 80, 25) << id;
  EXPECT_EQ(split.drawn_captions(0, 9, 1, 0).size(), 5U);
}

TEST(TaughtSentences, AreReadBehindTheBoundaryAndWrittenBeforeIt) {
  const auto tokens = taught_sentences({{5, 6, 7}, {8}});
  EXPECT_TRUE(tokens.read.equal(torch::tensor({{0, 5, 6, 7}, {0, 8, 0, 0}})));
  EXPECT_TRUE(tokens.written.equal(torch::tensor({{5, 6, 7, 0}, {8, 0, 0, 0}})));
  EXPECT_TRUE(tokens.lengths.equal(torch::tensor({4, 2})));
}

}  // namespace
}  // namespace recur::this_file
