// Every way in which a person's config can be wrong, and the exact message that it gets.
#include <filesystem>
#include <fstream>
#include <functional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/options.h"

namespace recur::this_file {
namespace {

std::vector<std::string> model_names() {
  return {"rnn", "lstm", "gru"};
}

struct Schedule {
  std::string name = "constant";
  int64_t warmup_steps = 0;
  std::optional<double> clip;
  std::vector<double> milestones = {};
  static constexpr auto fields() {
    return std::tuple{field("name", &Schedule::name, "how it moves", one_of("constant", "step", "cosine")),
                      field("warmup_steps", &Schedule::warmup_steps, "steps", at_least(0)),
                      field("clip", &Schedule::clip, "norm", more_than(0.0)),
                      field("milestones", &Schedule::milestones, "epochs", between(1, 1000))};
  }
};

struct Split {
  std::string file;
  double share = 0.5;
  static constexpr auto fields() {
    return std::tuple{field("file", &Split::file, "path", required(), not_empty()),
                      field("share", &Split::share, "share", fraction())};
  }
};

struct Config {
  std::string model = "lstm";
  int64_t epochs = 1;
  double rate = 0.1;
  bool shuffle = true;
  Schedule schedule;
  std::vector<Split> splits = {};
  std::map<std::string, int64_t> weights = {};
  std::vector<std::string> files = {"a"};
  static constexpr auto fields() {
    return std::tuple{field("model", &Config::model, "which", one_of(&model_names)),
                      field("epochs", &Config::epochs, "how often", at_least(1)),
                      field("rate", &Config::rate, "step size", more_than(0)),
                      field("shuffle", &Config::shuffle, "mix"),
                      field("schedule", &Config::schedule, "schedule"),
                      field("splits", &Config::splits, "splits"),
                      field("weights", &Config::weights, "weights", at_least(0)),
                      field("files", &Config::files, "files", not_empty())};
  }
};

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

struct Malformed {
  const char* name;
  std::string text;
  std::string message;  ///< without the leading "c.yaml"
};

// Prints a failing case by its name.
void PrintTo(const Malformed& malformed, std::ostream* out) {
  *out << malformed.name;
}

std::vector<Malformed> malformed_configs() {
  return {
      // What is no YAML, or not the sober part of it.
      {"Empty", "", ": is empty; expected a map of keys and values"},
      {"OnlyComments", "# nothing\n", ": is empty; expected a map of keys and values"},
      {"EmptyDocument", "---\n", ": is empty; expected a map of keys and values"},
      {"TabIndentation", "schedule:\n\tname: step\n",
       ":2:1: a tab indents this line; YAML does not allow tabs, use blanks"},
      {"TabAfterBlanks", "schedule:\n  \tname: step\n",
       ":2:3: a tab indents this line; YAML does not allow tabs, use blanks"},
      {"DuplicateKey", "epochs: 1\nrate: 1\nepochs: 2\n",
       ":3:1: the key \"epochs\" is there twice, first in line 1; remove one"},
      {"DuplicateKeyNested", "schedule: {name: step, name: cosine}\n",
       ":1:24: the key \"name\" is there twice, first in line 1; remove one"},
      {"RootIsAList", "- 1\n- 2\n", ":1:1: expected a map of keys and values, got a list"},
      {"RootIsAScalar", "lstm\n", ":1:1: expected a map of keys and values, got \"lstm\""},
      {"SeveralDocuments", "epochs: 1\n---\nepochs: 2\n",
       ":2:1: a second document starts here; expected one document in a config"},
      {"ListAsKey", "? [a, b]\n: 1\n", ":1:3: expected a plain word as the key, got a list"},
      {"NullAsKey", "~: 1\n", ":1:1: expected a plain word as the key, got nothing"},
      {"UnclosedList", "files: [a, b\n", ":2:1: is not YAML: end of sequence flow not found"},
      {"UnclosedQuote", "model: 'lstm\n", ":1:8: the quote that opens here is never closed"},
      {"UnclosedQuoteAfterEscape", "model: \"lstm\\\"\n", ":1:8: the quote that opens here is never closed"},
      {"UnclosedQuoteAfterQuotes", "model: 'it''s\n", ":1:8: the quote that opens here is never closed"},
      {"TwoColons", "model: lstm: 1\n", ":1:12: is not YAML: illegal map value"},
      {"ReservedSign", "model: @lstm\n", ":1:8: is not YAML: unknown token"},
      {"UnknownAlias", "model: *lstm\n", ":1:8: is not YAML: the referenced anchor is not defined"},
      {"AnchorLoop", "schedule: &s {name: step, milestones: [1, *s]}\n",
       ":1:43: this alias stands inside its own anchor, so the value would never end"},
      {"AnchorLoopOverTheRoot", "&root\nschedule: *root\n",
       ":2:11: this alias stands inside its own anchor, so the value would never end"},
      {"Tag", "epochs: !!str 3\n", ":1:9: has the tag \"tag:yaml.org,2002:str\"; tags are not used here, remove it"},
      {"TooDeep", "files: " + std::string(100, '[') + std::string(100, ']') + "\n",
       ":1:71: is nested more than 64 levels deep, which no config needs"},
      {"NulByte", std::string("epochs: 1\n\0", 11),
       ":2:1: is not a text file (it has a NUL byte here); expected YAML in UTF-8"},
      {"Latin1", "model: lstm\nfiles: [\xE9]\n", ":2:9: is not UTF-8 text (byte 0xE9 here); save the file as UTF-8"},
      {"Surrogate", "model: \xED\xA0\x80\n", ":1:8: is not UTF-8 text (byte 0xED here); save the file as UTF-8"},
      {"Overlong", "model: \xC0\x80\n", ":1:8: is not UTF-8 text (byte 0xC0 here); save the file as UTF-8"},
      {"OverlongOfThree", "model: \xE0\x80\x80\n", ":1:8: is not UTF-8 text (byte 0xE0 here); save the file as UTF-8"},
      {"CutCharacter", "model: \xE2\x82", ":1:8: is not UTF-8 text (byte 0xE2 here); save the file as UTF-8"},
      {"MergeKey", "a: &a {x: 1}\n<<: *a\n",
       ":1:1: a: unknown key; known here: model, epochs, rate, shuffle, schedule, splits, weights, files\n"
       "c.yaml:2:1: <<: unknown key; known here: model, epochs, rate, shuffle, schedule, splits, weights, files"},
      // Keys.
      {"UnknownKeyNear", "epoch: 3\n", ":1:1: epoch: unknown key; did you mean \"epochs\"?"},
      {"UnknownKeyFar", "optimiser: 3\n",
       ":1:1: optimiser: unknown key; known here: model, epochs, rate, shuffle, schedule, splits, weights, files"},
      {"UnknownKeyNested", "schedule:\n  warm_up_steps: 3\n",
       ":2:3: schedule.warm_up_steps: unknown key; did you mean \"warmup_steps\"?"},
      {"UnknownKeyInAList", "splits:\n  - file: a\n  - {file: b, shares: 0}\n",
       ":3:15: splits.1.shares: unknown key; did you mean \"share\"?"},
      {"RequiredAbsent", "splits:\n  - share: 0.2\n", ":2:5: splits.0.file: is required but not given"},
      // Names.
      {"UnknownModel", "model: lsmt\n",
       ":1:8: model: expected one of rnn, lstm, gru; got \"lsmt\"; did you mean \"lstm\"?"},
      {"UnknownModelFar", "model: transformer\n", ":1:8: model: expected one of rnn, lstm, gru; got \"transformer\""},
      {"UnknownSchedule", "schedule:\n  name: cosin\n",
       ":2:9: schedule.name: expected one of constant, step, cosine; got \"cosin\"; did you mean \"cosine\"?"},
      // Types.
      {"NoValue", "epochs:\n", ":1:1: epochs: has no value; write a value or remove the line"},
      {"NoValueForAMap", "schedule:\n  # name: step\nepochs: 2\n",
       ":1:1: schedule: has no value; write a value or remove the line"},
      {"FractionForInteger", "epochs: 1.5\n", ":1:9: epochs: expected an integer, got 1.5"},
      {"ExponentForInteger", "epochs: 1e3\n", ":1:9: epochs: expected an integer, got 1e3"},
      {"HexForInteger", "epochs: 0x10\n", ":1:9: epochs: expected an integer, got \"0x10\""},
      {"QuotedInteger", "epochs: \"10\"\n", ":1:9: epochs: expected an integer, got the text \"10\""},
      {"WordForInteger", "epochs: many\n", ":1:9: epochs: expected an integer, got \"many\""},
      {"TwoSigns", "epochs: +-1\n", ":1:9: epochs: expected an integer, got +-1"},
      {"ListForInteger", "epochs: [1]\n", ":1:9: epochs: expected an integer, got a list"},
      {"MapForInteger", "epochs: {a: 1}\n", ":1:9: epochs: expected an integer, got a map"},
      {"HugeInteger", "epochs: 9223372036854775808\n",
       ":1:9: epochs: expected an integer between -9223372036854775808 and 9223372036854775807, got "
       "9223372036854775808"},
      {"WordForNumber", "rate: fast\n", ":1:7: rate: expected a number, got \"fast\""},
      {"QuotedNumber", "rate: '0.1'\n", ":1:7: rate: expected a number, got the text \"0.1\""},
      {"CommaForNumber", "rate: 0,1\n", ":1:7: rate: expected a number, got \"0,1\""},
      {"Infinity", "rate: .inf\n", ":1:7: rate: expected a finite number that a double can hold, got \".inf\""},
      {"NotANumber", "rate: nan\n", ":1:7: rate: expected a finite number that a double can hold, got \"nan\""},
      {"TooBigForDouble", "rate: 1e999\n", ":1:7: rate: expected a finite number that a double can hold, got 1e999"},
      {"YesForBool", "shuffle: yes\n", ":1:10: shuffle: expected true or false, got \"yes\""},
      {"OneForBool", "shuffle: 1\n", ":1:10: shuffle: expected true or false, got 1"},
      {"QuotedBool", "shuffle: \"true\"\n", ":1:10: shuffle: expected true or false, got the text \"true\""},
      {"ScalarForMap", "schedule: step\n", ":1:11: schedule: expected a map of keys and values, got \"step\""},
      {"ScalarForList", "files: a\n", ":1:8: files: expected a list, got \"a\"; write [a]"},
      {"MapForText", "model: {name: lstm}\n", ":1:8: model: expected a text, got a map"},
      {"WrongItem", "schedule:\n  milestones: [1, two]\n",
       ":2:19: schedule.milestones.1: expected a number, got \"two\""},
      {"WrongInMap", "weights: {a: 1, b: x}\n", ":1:20: weights.b: expected an integer, got \"x\""},
      {"NoItem", "files:\n  - a\n  -  # later\n\n# soon\nepochs: 2\n",
       ":3:3: files.1: has no value; write a value or remove the line"},
      {"NoItemAtTheEnd", "files:\n  - a\n  -", ":3:3: files.1: has no value; write a value or remove the line"},
      {"NullItem", "files: [a, null]\n", ":1:12: files.1: has no value; write a value or remove the line"},
      {"LongText", "epochs: " + std::string(80, 'x') + "\n",
       ":1:9: epochs: expected an integer, got \"" + std::string(60, 'x') + "...\""},
      {"LinesInText", "epochs: \"a\\nb\\tc\\ad\"\n",
       ":1:9: epochs: expected an integer, got the text \"a\\nb\\tc\\x07d\""},
      // Ranges.
      {"BelowTheLeast", "epochs: 0\n", ":1:9: epochs: expected at least 1, got 0"},
      {"NotMoreThan", "rate: 0\n", ":1:7: rate: expected more than 0, got 0"},
      {"OptionalOutOfRange", "schedule: {clip: -1}\n", ":1:18: schedule.clip: expected more than 0, got -1"},
      {"ItemOutOfRange", "schedule: {milestones: [1, 2000]}\n",
       ":1:28: schedule.milestones.1: expected between 1 and 1000, got 2000"},
      {"NotAFraction", "splits: [{file: a, share: 1.0}]\n",
       ":1:27: splits.0.share: expected at least 0 and less than 1, got 1.0"},
      {"InMapOutOfRange", "weights: {a: -1}\n", ":1:14: weights.a: expected at least 0, got -1"},
      {"EmptyList", "files: []\n", ":1:8: files: expected at least one item, got an empty list"},
      {"EmptyText", "splits: [{file: ''}]\n", ":1:17: splits.0.file: expected a text that is not empty, got \"\""},
      // Columns count characters, lines do not mind Windows.
      {"Umlauts", "schedule: {\"\xC3\xA4\xC3\xB6\xC3\xBC\": 1}\n",
       ":1:12: schedule.\xC3\xA4\xC3\xB6\xC3\xBC: unknown key; known here: name, warmup_steps, clip, milestones"},
      {"AfterUmlauts", "files: [\"\xC3\xA4\xC3\xB6\", []]\n", ":1:15: files.1: expected a text, got a list"},
      {"WindowsLines", "model: lstm\r\nepochs: 0\r\n", ":2:9: epochs: expected at least 1, got 0"},
      {"ByteOrderMark",
       "\xEF\xBB\xBF"
       "epochs: 0\n",
       ":1:9: epochs: expected at least 1, got 0"},
  };
}

class MalformedConfig : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedConfig, IsReportedExactly) {
  const auto read = [&] { read_options<Config>(parse_config(GetParam().text, "c.yaml")); };
  EXPECT_EQ(message_of(read), "c.yaml" + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(Table, MalformedConfig, testing::ValuesIn(malformed_configs()),
                         [](const auto& info) { return info.param.name; });

TEST(ConfigErrors, AllErrorsOfAFileAreReportedInItsOrder) {
  const std::string text =
      "files: []\n"
      "schedule:\n"
      "  name: cosin\n"
      "  clip: 0\n"
      "epochs: 1.5\n"
      "splits:\n"
      "  - share: 2\n"
      "modell: gru\n";
  ConfigNode root = parse_config(text, "c.yaml");
  apply_override(root, "rate=-1");
  EXPECT_EQ(
      message_of([&] { read_options<Config>(root); }),
      "c.yaml:1:8: files: expected at least one item, got an empty list\n"
      "c.yaml:3:9: schedule.name: expected one of constant, step, cosine; got \"cosin\"; did you mean \"cosine\"?\n"
      "c.yaml:4:9: schedule.clip: expected more than 0, got 0\n"
      "c.yaml:5:9: epochs: expected an integer, got 1.5\n"
      "c.yaml:7:5: splits.0.file: is required but not given\n"
      "c.yaml:7:12: splits.0.share: expected at least 0 and less than 1, got 2\n"
      "c.yaml:8:1: modell: unknown key; did you mean \"model\"?\n"
      "command line \"rate=-1\": rate: expected more than 0, got -1");
}

TEST(ConfigErrors, AllDuplicateKeysAreReported) {
  EXPECT_EQ(message_of([] { parse_config("a: 1\na: 2\nb: 1\nb: 2\n", "c.yaml"); }),
            "c.yaml:2:1: the key \"a\" is there twice, first in line 1; remove one\n"
            "c.yaml:4:1: the key \"b\" is there twice, first in line 3; remove one");
}

TEST(ConfigErrors, AliasBombIsRefusedBeforeItIsBuilt) {
  std::string text = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    text += fmt::format("{}: &{} [*{}", c, c, static_cast<char>(c - 1));
    for (int i = 0; i < 8; ++i) text += fmt::format(", *{}", static_cast<char>(c - 1));
    text += "]\n";
  }
  EXPECT_EQ(message_of([&] { parse_config(text, "c.yaml"); }),
            "c.yaml:6:8: the config has more than 100000 values once its aliases are written out, which no config "
            "needs");
}

class ConfigFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              ("recur_config_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(ConfigFile, IsReadWithItsPathInLocations) {
  const auto path = folder_ / "good.yaml";
  std::ofstream(path) << "epochs: 3\n";
  const ConfigNode root = load_config(path);
  EXPECT_EQ(root.find("epochs")->value.where.to_string(), path.string() + ":1:9");
  EXPECT_EQ(read_options<Config>(root).epochs, 3);
}

TEST_F(ConfigFile, AbsentIsReported) {
  const auto path = folder_ / "absent.yaml";
  EXPECT_EQ(message_of([&] { load_config(path); }), path.string() + ": no such file");
}

TEST_F(ConfigFile, DirectoryIsReported) {
  EXPECT_EQ(message_of([&] { load_config(folder_); }), folder_.string() + ": is a directory, expected a config file");
}

TEST_F(ConfigFile, HugeIsReported) {
  const auto path = folder_ / "huge.yaml";
  std::ofstream(path) << "a: 1 #" << std::string(kMaxConfigBytes, 'x');
  EXPECT_EQ(message_of([&] { load_config(path); }),
            path.string() + ": has 1048582 bytes; a config has at most 1048576");
}

TEST_F(ConfigFile, EndlessDeviceIsReported) {
  EXPECT_EQ(message_of([&] { load_config("/dev/zero"); }),
            "/dev/zero: has more than 1048576 bytes; a config has at most 1048576");
}

}  // namespace
}  // namespace recur::this_file
