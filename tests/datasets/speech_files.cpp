// Sound files with transcripts: FSDD, manifests, Kaldi's folders, LibriSpeech's tree.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sndfile.h>

#include "core/error.h"
#include "datasets/catalog.h"
#include "datasets/speech/read_speech.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// Noise of `seconds`.
void make_sound(const fs::path& path, double seconds = 0.5) {
  write_wav(path, 0.1 * at::randn({static_cast<int64_t>(8000 * seconds)}), 8000);
}

std::vector<std::string> texts(const std::vector<Utterance>& utterances) {
  std::vector<std::string> all;
  for (const auto& utterance : utterances) all.push_back(utterance.text);
  return all;
}

SpeechDataOptions manifest(const fs::path& train) {
  return {.format = "manifest", .train = train.string(), .validation_fraction = 0.34, .test_fraction = 0.25};
}

TEST(SpeechManifest, ReadsCsvTsvAndJsonLinesAlike) {
  const TemporaryFolder folder;
  for (const auto* name : {"a", "b", "c", "d"}) make_sound(folder.path() / (std::string(name) + ".wav"));
  folder.write("m.csv", "speaker,path,text\nx,a.wav,\"one, two\"\ny,b.wav,three\nx,c.wav,four\nz,d.wav,five\n");
  folder.write("m.tsv", "path\ttext\tspeaker\na.wav\tone, two\tx\nb.wav\tthree\ty\nc.wav\tfour\tx\nd.wav\tfive\tz\n");
  folder.write("m.jsonl",
               "{\"path\": \"a.wav\", \"text\": \"one, two\", \"speaker\": \"x\"}\n"
               "{\"path\": \"b.wav\", \"text\": \"three\", \"speaker\": \"y\"}\n\n"
               "{\"path\": \"c.wav\", \"text\": \"four\", \"speaker\": \"x\"}\n"
               "{\"path\": \"d.wav\", \"text\": \"five\", \"speaker\": \"z\"}\n");
  const auto csv = read_speech(manifest(folder.path() / "m.csv"), 1);
  EXPECT_EQ(csv.train.size() + csv.validation.size() + csv.test.size(), 4U);
  for (const auto* other : {"m.tsv", "m.jsonl"}) {
    const auto same = read_speech(manifest(folder.path() / other), 1);
    EXPECT_EQ(texts(same.train), texts(csv.train)) << other;
    EXPECT_EQ(texts(same.validation), texts(csv.validation)) << other;
    EXPECT_EQ(texts(same.test), texts(csv.test)) << other;
  }
  EXPECT_DOUBLE_EQ(csv.train.front().seconds, 0.5);
  EXPECT_EQ(csv.train.front().read().samples.size(0), 4000);
}

TEST(SpeechManifest, CutsNoSpeaker) {
  const TemporaryFolder folder;
  std::string rows = "path,text,speaker\n";
  for (int k = 0; k < 24; ++k) {
    const auto name = fmt::format("{}.wav", k);
    make_sound(folder.path() / name, 0.1);
    rows += fmt::format("{},word,speaker{}\n", name, k % 6);
  }
  folder.write("m.csv", rows);
  const auto data = read_speech(manifest(folder.path() / "m.csv"), 3);
  std::map<std::string, std::set<const void*>> splits_of;
  for (const auto* part : {&data.train, &data.validation, &data.test}) {
    EXPECT_FALSE(part->empty());
    for (const auto& utterance : *part) splits_of[utterance.speaker].insert(part);
  }
  for (const auto& [speaker, splits] : splits_of) EXPECT_EQ(splits.size(), 1U) << speaker;
}

TEST(SpeechManifest, LeavesOutWhatCannotBeUsedAndSaysSo) {
  const TemporaryFolder folder;
  for (const auto* name : {"a.wav", "b.wav", "c.wav", "empty_text.wav"}) make_sound(folder.path() / name);
  write_wav(folder.path() / "silent.wav", at::zeros({4000}), 8000);
  folder.write("song.wav", "this is no sound at all, whatever its name");
  folder.write("m.csv",
               "path,text\na.wav,one\nb.wav,two\nc.wav,three\nempty_text.wav,\nsilent.wav,four\n"
               "song.wav,five\nnowhere.wav,six\n");
  auto options = manifest(folder.path() / "m.csv");
  options.validation = options.test = options.train;
  const auto by_header = read_speech(options, 1);
  EXPECT_THAT(texts(by_header.train), ElementsAre("one", "two", "three", "four"));
  EXPECT_THAT(by_header.report.front(),
              AllOf(HasSubstr("4 of 7"), HasSubstr("1 absent (nowhere.wav)"),
                    HasSubstr("1 without a text (empty_text.wav)"), HasSubstr("1 broken"), HasSubstr("song.wav")));
  options.check_files = "all";
  const auto by_sound = read_speech(options, 1);
  EXPECT_THAT(texts(by_sound.train), ElementsAre("one", "two", "three"));
  EXPECT_THAT(by_sound.report.front(), HasSubstr("1 silent (silent.wav)"));
}

TEST(SpeechManifest, NamesAMissingColumn) {
  const TemporaryFolder folder;
  folder.write("m.csv", "path,transcript\na.wav,one\n");
  EXPECT_THAT(message_of<DataError>([&] { read_speech(manifest(folder.path() / "m.csv"), 1); }),
              AllOf(HasSubstr("m.csv:1"), HasSubstr("no column \"text\""), HasSubstr("transcript")));
  folder.write("m.jsonl", "{\"path\": \"a.wav\", \"text\": \"one\"}\n{\"path\": \"b.wav\"}\n");
  EXPECT_THAT(message_of<DataError>([&] { read_speech(manifest(folder.path() / "m.jsonl"), 1); }),
              AllOf(HasSubstr("m.jsonl:2"), HasSubstr("no \"text\"")));
}

TEST(SpeechFsdd, SplitsAsItsMakersDo) {
  const TemporaryFolder folder;
  fs::create_directories(folder.path() / "recordings");
  for (int digit = 0; digit < 10; ++digit) {
    for (const auto* speaker : {"ann", "bo_b"}) {
      for (int index = 0; index < 12; ++index) {
        make_sound(folder.path() / fmt::format("recordings/{}_{}_{}.wav", digit, speaker, index), 0.1);
      }
    }
  }
  SpeechDataOptions options{.format = "fsdd", .folder = folder.path().string(), .validation_fraction = 0.2};
  const auto data = read_speech(options, 1);
  EXPECT_EQ(data.test.size(), 100U);
  EXPECT_EQ(data.train.size() + data.validation.size(), 140U);
  EXPECT_EQ(data.validation.size(), 28U);
  for (const auto& utterance : data.test) {
    EXPECT_LT(std::stoi(utterance.name.substr(utterance.name.rfind('_') + 1)), 5) << utterance.name;
    EXPECT_EQ(utterance.text == "seven", utterance.name.starts_with("7_")) << utterance.name;
  }
  options.test_speakers = {"bo_b"};
  const auto by_speaker = read_speech(options, 1);
  EXPECT_EQ(by_speaker.test.size(), 120U);
  for (const auto& utterance : by_speaker.test) EXPECT_EQ(utterance.speaker, "bo_b");
  for (const auto& utterance : by_speaker.train) EXPECT_EQ(utterance.speaker, "ann");
  options.test_speakers = {"bob"};
  EXPECT_THAT(message_of<DataError>([&] { read_speech(options, 1); }),
              AllOf(HasSubstr("\"bob\""), HasSubstr("did you mean")));
  make_sound(folder.path() / "recordings/hello.wav", 0.1);
  EXPECT_THAT(message_of<DataError>([&] { read_speech(options, 1); }),
              AllOf(HasSubstr("hello.wav"), HasSubstr("7_jackson_32")));
}

TEST(SpeechFsdd, JoinsDigitsOfOneSpeakerFromOneSplit) {
  const TemporaryFolder folder;
  for (int digit = 0; digit < 10; ++digit) {
    for (const auto* speaker : {"ann", "bob"}) {
      for (int index = 0; index < 8; ++index) {
        // Each recording has a length of its own, by which it is known again.
        const double seconds = 0.1 + 0.001 * digit + 0.02 * index + (speaker[0] == 'a' ? 0 : 0.0005);
        make_sound(folder.path() / fmt::format("{}_{}_{}.wav", digit, speaker, index), seconds);
      }
    }
  }
  const SpeechDataOptions options{.format = "fsdd_joined",
                                  .folder = folder.path().string(),
                                  .join = {.least = 2, .most = 4, .least_gap = 0.05, .most_gap = 0.05},
                                  .validation_fraction = 0.3,
                                  .simulate_examples = 100};
  const auto data = read_speech(options, 5);
  EXPECT_EQ(data.train.size(), 80U);
  EXPECT_EQ(data.validation.size(), 10U);
  EXPECT_EQ(data.test.size(), 10U);
  std::set<int64_t> counts;
  for (const auto& utterance : data.train) {
    const auto words = std::count(utterance.text.begin(), utterance.text.end(), ' ') + 1;
    counts.insert(words);
    const auto samples = utterance.read().samples;
    EXPECT_NEAR(static_cast<double>(samples.size(0)) / 8000, utterance.seconds, 0.002);
    EXPECT_TRUE(samples.equal(utterance.read().samples));
    EXPECT_LT(samples.narrow(0, 0, 400).abs().max().item<double>(), 0.01);  // the gap
  }
  EXPECT_THAT(counts, ElementsAre(2, 3, 4));
  const auto again = read_speech(options, 5);
  EXPECT_EQ(texts(again.test), texts(data.test));
  EXPECT_NE(texts(read_speech(options, 6).test), texts(data.test));
}

TEST(SpeechKaldi, ReadsWavScpAndText) {
  const TemporaryFolder folder;
  for (const auto* name : {"a", "b", "c"}) make_sound(folder.path() / (std::string(name) + ".wav"));
  folder.write("wav.scp", fmt::format("utt2 b.wav\nutt1 {}\nutt3 c.wav\n", (folder.path() / "a.wav").string()));
  folder.write("text", "utt1 hello  world\nutt2 good\tday\nutt3 bye\n");
  folder.write("utt2spk", "utt1 ann\nutt2 ann\nutt3 bob\n");
  SpeechDataOptions options{.format = "kaldi"};
  options.train = options.validation = options.test = folder.path().string();
  const auto data = read_speech(options, 1);
  ASSERT_EQ(data.train.size(), 3U);
  EXPECT_EQ(data.train[0].name, "utt1");
  EXPECT_EQ(data.train[0].speaker, "ann");
  EXPECT_EQ(data.train[2].text, "bye");
  folder.write("wav.scp", "utt1 sph2pipe -f wav a.sph |\n");
  EXPECT_THAT(message_of<DataError>([&] { read_speech(options, 1); }),
              AllOf(HasSubstr("wav.scp:1"), HasSubstr("commands are not run")));
  folder.write("wav.scp", "utt1 a.wav\nutt1 b.wav\n");
  EXPECT_THAT(message_of<DataError>([&] { read_speech(options, 1); }),
              AllOf(HasSubstr("wav.scp:2"), HasSubstr("twice")));
  folder.write("segments", "utt1 rec1 0 1\n");
  EXPECT_THAT(message_of<DataError>([&] { read_speech(options, 1); }), HasSubstr("segments"));
}

void make_flac(const fs::path& path) {
  SF_INFO info{.frames = 0,
               .samplerate = 16000,
               .channels = 1,
               .format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
               .sections = 0,
               .seekable = 0};
  auto* file = sf_open(path.c_str(), SFM_WRITE, &info);
  ASSERT_NE(file, nullptr) << sf_strerror(nullptr);
  const auto samples = (0.1 * at::randn({8000})).contiguous();
  sf_writef_float(file, samples.const_data_ptr<float>(), samples.size(0));
  sf_close(file);
}

TEST(SpeechLibrispeech, ReadsItsTree) {
  const TemporaryFolder folder;
  for (const auto* part : {"train-clean-5", "dev-clean-2"}) {
    for (const auto* chapter : {"84/121", "85/7"}) {
      const auto here = folder.path() / part / chapter;
      fs::create_directories(here);
      std::string name = chapter;
      std::ranges::replace(name, '/', '-');
      make_flac(here / (name + "-0000.flac"));
      folder.write(fmt::format("{}/{}/{}.trans.txt", part, chapter, name), name + "-0000 GO DO YOU HEAR\n");
    }
  }
  SpeechDataOptions options{.format = "librispeech",
                            .folder = folder.path().string(),
                            .train = "train-clean-5",
                            .validation = "dev-clean-2",
                            .test = "train-clean-5 dev-clean-2"};
  const auto data = read_speech(options, 1);
  EXPECT_EQ(data.train.size(), 2U);
  EXPECT_EQ(data.test.size(), 4U);
  EXPECT_EQ(data.train[0].name, "84-121-0000");
  EXPECT_EQ(data.train[0].speaker, "84");
  EXPECT_EQ(data.train[0].text, "GO DO YOU HEAR");
  options.train = "train-clean-100";
  EXPECT_THAT(message_of<DataError>([&] { read_speech(options, 1); }), HasSubstr("train-clean-100"));
}

TEST(SpeechFsdd, HasThreeThousandRecordings) {
  if (!is_there(find_data("fsdd"), data_directory())) GTEST_SKIP() << "RECUR_DATA has no fsdd";
  const auto data = read_speech({.format = "fsdd"}, 1);
  EXPECT_EQ(data.train.size() + data.validation.size(), 2700U);
  EXPECT_EQ(data.test.size(), 300U);
  EXPECT_EQ(data.train.front().read().sample_rate, 8000);
}

}  // namespace
}  // namespace recur::this_file
