#include "core/options.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recur::this_file {
namespace {

struct Window {
  int64_t low = 1;
  int64_t high = 9;
  static constexpr auto fields() {
    return std::tuple{field("low", &Window::low, "first day", at_least(0)), field("high", &Window::high, "last day")};
  }
  void check(ConfigCheck& check) const { check.require(low < high, "low", "must be less than high"); }
};

struct Options1 {
  bool flag = false;
  int64_t count = 3;
  double rate = 1e-3;
  std::string text = "a|b";
  std::optional<double> clip;
  std::optional<std::string> name = "x";
  std::vector<double> numbers = {0.5};
  std::vector<bool> flags = {};
  std::vector<std::string> words = {};
  std::map<std::string, std::string> renames = {};
  Window window;
  std::vector<Window> windows = {};
  std::map<std::string, Window> named = {};
  std::optional<Window> maybe;
  ConfigNode rest;
  static constexpr auto fields() {
    return std::tuple{
        field("flag", &Options1::flag, "a flag"),          field("count", &Options1::count, "a count", at_least(0)),
        field("rate", &Options1::rate, "a rate"),          field("text", &Options1::text, "a text"),
        field("clip", &Options1::clip, "a clip"),          field("name", &Options1::name, "a name"),
        field("numbers", &Options1::numbers, "numbers"),   field("flags", &Options1::flags, "flags"),
        field("words", &Options1::words, "words"),         field("renames", &Options1::renames, "renames"),
        field("window", &Options1::window, "a window"),    field("windows", &Options1::windows, "windows"),
        field("named", &Options1::named, "named windows"), field("maybe", &Options1::maybe, "perhaps a window"),
        field("rest", &Options1::rest, "kept as it is")};
  }
};

template <class T = Options1>
T read(const std::string& text) {
  return read_options<T>(parse_config(text, "c.yaml"));
}

template <class T = Options1>
std::string error_of(const std::string& text) {
  try {
    read<T>(text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ReadOptions, TakesWhatIsGivenAndKeepsDefaults) {
  const auto options = read(
      "flag: true\nrate: -2.5e-3\ntext: 10\nclip: 1\nname:\nflags: [true, false]\n"
      "windows: [{low: 2}, {high: 4}]\nnamed: {a: {low: 3}}\nmaybe: {high: 7}\nrest: {any: [thing]}\n");
  EXPECT_TRUE(options.flag);
  EXPECT_EQ(options.count, 3);
  EXPECT_EQ(options.rate, -2.5e-3);
  EXPECT_EQ(options.text, "10");
  EXPECT_EQ(options.clip, 1.0);
  EXPECT_EQ(options.name, std::nullopt);
  EXPECT_THAT(options.numbers, testing::ElementsAre(0.5));
  EXPECT_THAT(options.flags, testing::ElementsAre(true, false));
  ASSERT_EQ(options.windows.size(), 2u);
  EXPECT_EQ(options.windows[0].low, 2);
  EXPECT_EQ(options.windows[1].high, 4);
  EXPECT_EQ(options.named.at("a").low, 3);
  EXPECT_EQ(options.maybe->high, 7);
  EXPECT_EQ(write_yaml_line(options.rest), "{any: [thing]}");
}

TEST(ReadOptions, ReadsTheLimitsOfItsNumbers) {
  EXPECT_EQ(read("count: 9223372036854775807\n").count, std::numeric_limits<int64_t>::max());
  EXPECT_EQ(read("window: {high: +5}\n").window.high, 5);
  EXPECT_EQ(read("window: {low: 1, high: 007}\n").window.high, 7);
  EXPECT_EQ(read("rate: .5\n").rate, 0.5);
  EXPECT_EQ(read("rate: 5.\n").rate, 5.0);
  EXPECT_EQ(read("rate: 4.9e-324\n").rate, std::numeric_limits<double>::denorm_min());
}

TEST(ReadOptions, CheckReportsAtTheFieldConcerned) {
  EXPECT_EQ(error_of("window:\n  low: 9\n"), "c.yaml:2:8: window.low: must be less than high");
  EXPECT_EQ(error_of("window:\n  high: 0\n"), "c.yaml:2:3: window.low: must be less than high");
  EXPECT_EQ(error_of("windows: [{low: 1}, {low: 10}]\n"), "c.yaml:1:27: windows.1.low: must be less than high");
}

TEST(ReadOptions, CheckIsNotCalledOnWhatDidNotRead) {
  EXPECT_EQ(error_of("window: {low: x, high: 0}\n"), "c.yaml:1:15: window.low: expected an integer, got \"x\"");
}

struct NeedsFile {
  std::string file;
  static constexpr auto fields() { return std::tuple{field("file", &NeedsFile::file, "path", required())}; }
};
struct HasNeedy {
  NeedsFile data;
  std::optional<NeedsFile> extra;
  static constexpr auto fields() {
    return std::tuple{field("data", &HasNeedy::data, "the data"), field("extra", &HasNeedy::extra, "more")};
  }
};

TEST(ReadOptions, RequiredIsAskedForInAnAbsentStruct) {
  EXPECT_EQ(error_of<HasNeedy>("extra: {file: b}\n"), "c.yaml:1:1: data.file: is required but not given");
  EXPECT_EQ(error_of<HasNeedy>("data: {file: a}\n"), "no error");
  EXPECT_EQ(error_of<HasNeedy>("data: {file: a}\nextra: {}\n"), "c.yaml:2:8: extra.file: is required but not given");
}

TEST(ReadOptions, IntoKeepsWhatIsNotGivenAndWhatIsWrong) {
  Window window{.low = 5, .high = 8};
  ConfigErrors errors;
  read_options_into(parse_config("high: x\n", "c.yaml"), "a.b", window, errors);
  EXPECT_EQ(errors.to_string(), "c.yaml:1:7: a.b.high: expected an integer, got \"x\"");
  EXPECT_EQ(window.low, 5);
  EXPECT_EQ(window.high, 8);
}

TEST(ToYaml, WritesEveryFieldInOrder) {
  Options1 options;
  options.words = {"plain", "yes", "-1", "a: b", ""};
  options.windows = {{.low = 1, .high = 2}};
  EXPECT_EQ(to_yaml(options),
            "flag: false\n"
            "count: 3\n"
            "rate: 0.001\n"
            "text: \"a|b\"\n"
            "clip: null\n"
            "name: x\n"
            "numbers: [0.5]\n"
            "flags: []\n"
            "words: [plain, \"yes\", \"-1\", \"a: b\", \"\"]\n"
            "renames: {}\n"
            "window:\n"
            "  low: 1\n"
            "  high: 9\n"
            "windows:\n"
            "  - low: 1\n"
            "    high: 2\n"
            "named: {}\n"
            "maybe: null\n"
            "rest: null\n");
}

class RandomOptions {
 public:
  explicit RandomOptions(uint64_t seed) : random_(seed) {}

  Options1 make() {
    Options1 o;
    o.flag = coin();
    o.count = static_cast<int64_t>(random_() >> 1);
    o.rate = number();
    o.text = text();
    if (coin()) o.clip = number();
    o.name = coin() ? std::optional(text()) : std::nullopt;
    o.numbers = list<double>([&] { return number(); });
    o.flags = list<bool>([&] { return coin(); });
    o.words = list<std::string>([&] { return text(); });
    for (const auto& key : list<std::string>([&] { return text(); })) o.renames[key] = text();
    o.window = window();
    o.windows = list<Window>([&] { return window(); });
    for (const auto& key : list<std::string>([&] { return text(); })) o.named[key] = window();
    if (coin()) o.maybe = window();
    if (coin()) o.rest = to_node(window());
    return o;
  }

 private:
  bool coin() { return random_() % 2 == 0; }
  Window window() { return {.low = static_cast<int64_t>(random_() % 100), .high = 100}; }
  /// Any finite double, by its bits.
  double number() {
    for (;;) {
      const uint64_t bits = random_();
      double value = 0;
      std::memcpy(&value, &bits, sizeof value);
      if (std::isfinite(value)) return coin() ? value : static_cast<double>(static_cast<int>(bits % 2000) - 1000) / 100;
    }
  }
  std::string text() {
    static const std::vector<std::string> kPieces = {
        "a",   "B", "7",  " ",  ":",  ": ",   "#",  " #", "-", "- ",  "null", "true",     "~",
        "\n",  "'", "\"", "\\", "\t", "\x01", "[",  "]",  "{", "}",   ",",    "&",        "*",
        "!",   "|", ">",  "%",  "@",  "?",    "\r", "=",  ".", "---", "...",  "\xC3\xA4", "\xE2\x80\xA8",
        "\x7F"};
    std::string text;
    for (size_t n = random_() % 6; n > 0; --n) text += kPieces[random_() % kPieces.size()];
    return text;
  }
  template <class T, class F>
  std::vector<T> list(F make) {
    std::vector<T> values;
    for (size_t n = random_() % 4; n > 0; --n) values.push_back(make());
    return values;
  }

  std::mt19937_64 random_;
};

TEST(ToYaml, ReadsBackToTheSameValues) {
  RandomOptions random(7);
  for (int i = 0; i < 2000; ++i) {
    const Options1 options = random.make();
    const std::string yaml = to_yaml(options);
    Options1 again;
    ASSERT_NO_THROW(again = read(yaml)) << yaml << error_of(yaml);
    // Texts, numbers and all else are compared in their own types, not only as text again.
    ASSERT_EQ(again.text, options.text) << yaml;
    ASSERT_EQ(again.count, options.count) << yaml;
    ASSERT_EQ(std::signbit(again.rate), std::signbit(options.rate)) << yaml;
    ASSERT_EQ(again.rate, options.rate) << yaml;
    ASSERT_EQ(again.clip, options.clip) << yaml;
    ASSERT_EQ(again.name, options.name) << yaml;
    ASSERT_EQ(again.numbers, options.numbers) << yaml;
    ASSERT_EQ(again.flags, options.flags) << yaml;
    ASSERT_EQ(again.words, options.words) << yaml;
    ASSERT_EQ(again.renames, options.renames) << yaml;
    ASSERT_EQ(again.maybe.has_value(), options.maybe.has_value()) << yaml;
    ASSERT_EQ(to_yaml(again), yaml);
  }
}

TEST(ToYaml, WritesNumbersShortly) {
  const std::vector<std::pair<double, std::string>> cases = {
      {0.1, "0.1"},      {3.0, "3"},        {-0.0, "-0"},        {1e-5, "0.00001"},
      {1e-8, "1.0e-08"}, {1e22, "1.0e+22"}, {2.5e-9, "2.5e-09"}, {1.0 / 3, "0.3333333333333333"}};
  for (const auto& [value, text] : cases) {
    Options1 options;
    options.numbers = {value};
    EXPECT_EQ(to_node(options).find("numbers")->value.items[0].scalar, text);
  }
}

TEST(DescribeOptions, KnowsTypesDefaultsRangesAndChildren) {
  const OptionsDoc doc = describe_options<Options1>();
  ASSERT_EQ(doc.children.size(), 15u);
  const auto& count = doc.children[1];
  EXPECT_EQ(count.key, "count");
  EXPECT_EQ(count.type, "integer");
  EXPECT_EQ(count.default_text, "3");
  EXPECT_EQ(count.range, "at least 0");
  EXPECT_EQ(count.doc, "a count");
  EXPECT_EQ(doc.children[4].type, "number or null");
  EXPECT_EQ(doc.children[4].default_text, "null");
  EXPECT_EQ(doc.children[9].type, "map of names to text");
  EXPECT_EQ(doc.children[10].children.size(), 2u);
  EXPECT_EQ(doc.children[11].type, "list of map");
  EXPECT_EQ(doc.children[11].children.size(), 2u);
  EXPECT_TRUE(describe_options<NeedsFile>().children[0].required);
}

struct Small {
  std::string name = "a|b";
  NeedsFile data;
  static constexpr auto fields() {
    return std::tuple{field("name", &Small::name, "a name", one_of("a|b", "c")),
                      field("data", &Small::data, "the data")};
  }
};

struct HoldsAnother {
  Small small = {.name = "c", .data = {}};
  std::vector<Small> many = {};
  static constexpr auto fields() {
    return std::tuple{field("small", &HoldsAnother::small, "one"), field("many", &HoldsAnother::many, "many")};
  }
};

TEST(DescribeOptions, TellsTheDefaultsOfTheStructThatHoldsIt) {
  const auto doc = describe_options<HoldsAnother>();
  EXPECT_EQ(doc.children[0].children[0].default_text, "c");
  EXPECT_EQ(doc.children[1].children[0].default_text, "\"a|b\"");
}

TEST(DescribeOptions, BecomesMarkdown) {
  EXPECT_EQ(to_markdown(describe_options<Small>(), "Small"),
            "## Small\n"
            "\n"
            "| key | type | default | range | what it is |\n"
            "|---|---|---|---|---|\n"
            "| `name` | text | `\"a\\|b\"` | one of a\\|b, c | a name |\n"
            "| `data` | map |  |  | the data |\n"
            "\n"
            "### `data`\n"
            "the data\n"
            "\n"
            "| key | type | default | range | what it is |\n"
            "|---|---|---|---|---|\n"
            "| `file` | text | required |  | path |\n");
}

TEST(DescribeOptions, BecomesColumns) {
  EXPECT_EQ(to_text(describe_options<Small>()),
            "name    text  \"a|b\"     a name (one of a|b, c)\n"
            "data    map             the data\n"
            "  file  text  required  path\n");
}

}  // namespace
}  // namespace recur::this_file
