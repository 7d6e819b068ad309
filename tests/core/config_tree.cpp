#include "core/config_tree.h"

#include <functional>

#include <gtest/gtest.h>

namespace recur::this_file {
namespace {

constexpr const char* kText =
    "trainer:\n"
    "  epochs: 3\n"
    "  schedule: {name: step}\n"
    "files: [a, b]\n"
    "nothing:\n";

std::string after(const std::string& override_text) {
  ConfigNode root = parse_config(kText, "c.yaml");
  apply_override(root, override_text);
  return write_yaml_line(root);
}

std::string error_after(const std::string& override_text) {
  try {
    after(override_text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ConfigTree, KnowsWhereEverythingStands) {
  const ConfigNode root = parse_config(kText, "c.yaml");
  EXPECT_EQ(root.at("trainer.epochs")->where.to_string(), "c.yaml:2:11");
  EXPECT_EQ(root.find("files")->where.to_string(), "c.yaml:4:1");
  EXPECT_EQ(root.at("files.1")->where.to_string(), "c.yaml:4:12");
  EXPECT_EQ(root.at("nothing")->where.to_string(), "c.yaml:5:1");  // its key: nothing else is written there
  EXPECT_EQ(root.at("files.2"), nullptr);
  EXPECT_EQ(root.at("files.x"), nullptr);
  EXPECT_EQ(root.at("trainer.epochs.x"), nullptr);
}

TEST(ConfigTree, TellsTextsFromNumbersByTheirQuotes) {
  const ConfigNode root = parse_config("a: 10\nb: '10'\nc: \"null\"\nd: null\ne: |\n  x\n", "c.yaml");
  EXPECT_FALSE(root.at("a")->quoted);
  EXPECT_TRUE(root.at("b")->quoted);
  EXPECT_TRUE(root.at("c")->is_scalar());
  EXPECT_TRUE(root.at("d")->is_null());
  EXPECT_EQ(root.at("e")->scalar, "x\n");
}

TEST(ConfigTree, AliasRepeatsItsAnchor) {
  const ConfigNode root = parse_config("a: &x {p: [1, 2]}\nb: *x\nc: [*x, *x]\n", "c.yaml");
  EXPECT_EQ(write_yaml_line(root), "{a: {p: [1, 2]}, b: {p: [1, 2]}, c: [{p: [1, 2]}, {p: [1, 2]}]}");
  EXPECT_EQ(root.at("b.p.1")->where.to_string(), "c.yaml:1:15");
}

TEST(ConfigTree, TabsThatDoNotIndentAreFine) {
  EXPECT_EQ(write_yaml_line(parse_config("a: 1\t# comment\n\t\n\t# comment\nb: \"x\ty\"\n", "c")),
            "{a: 1, b: \"x\\ty\"}");
}

TEST(Override, SetsWhatIsThere) {
  EXPECT_EQ(after("trainer.epochs=5"), "{trainer: {epochs: 5, schedule: {name: step}}, files: [a, b], nothing: null}");
  EXPECT_EQ(after("files.1=x"), "{trainer: {epochs: 3, schedule: {name: step}}, files: [a, x], nothing: null}");
  EXPECT_EQ(after("trainer=1"), "{trainer: 1, files: [a, b], nothing: null}");
}

TEST(Override, MakesMissingParents) {
  EXPECT_EQ(after("~trainer"), "{files: [a, b], nothing: null}");
  ConfigNode root = parse_config("a: 1\nnothing:\n", "c.yaml");
  apply_override(root, "x.y.z=1");
  apply_override(root, "nothing.y=2");
  apply_override(root, "list.0=p");
  apply_override(root, "list.1=q");
  EXPECT_EQ(write_yaml_line(root), "{a: 1, nothing: {y: 2}, x: {y: {z: 1}}, list: [p, q]}");
}

TEST(Override, ReadsItsValueAsYaml) {
  ConfigNode root = parse_config("a: 1\n", "c.yaml");
  for (const char* text : {"b=[1, x]", "c={k: v}", "d=", "e='7'", "f=x=y", "g=a b", "h=null"}) {
    apply_override(root, text);
  }
  EXPECT_EQ(write_yaml_line(root), "{a: 1, b: [1, x], c: {k: v}, d: null, e: \"7\", f: \"x=y\", g: a b, h: null}");
}

TEST(Override, IsNamedInLocations) {
  ConfigNode root = parse_config("a: 1\n", "c.yaml");
  apply_override(root, "trainer.epochs=x");
  apply_override(root, "list=[1, 2]");
  apply_override(root, "empty=");
  EXPECT_EQ(root.at("trainer.epochs")->where.to_string(), "command line \"trainer.epochs=x\"");
  EXPECT_EQ(root.at("trainer")->where.to_string(), "command line \"trainer.epochs=x\"");
  EXPECT_EQ(root.at("list.1")->where.to_string(), "command line \"list=[1, 2]\"");
  EXPECT_EQ(root.at("empty")->where.to_string(), "command line \"empty=\"");
}

TEST(Override, Removes) {
  EXPECT_EQ(after("~trainer.schedule.name"), "{trainer: {epochs: 3, schedule: {}}, files: [a, b], nothing: null}");
  EXPECT_EQ(after("~files.0"), "{trainer: {epochs: 3, schedule: {name: step}}, files: [b], nothing: null}");
}

TEST(Override, SaysWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"epochs", "expected key=value, key.sub=value or ~key"},
      {"=3", "expected key=value, key.sub=value or ~key, with a name on both sides of each dot"},
      {"a..b=3", "expected key=value, key.sub=value or ~key, with a name on both sides of each dot"},
      {"a.=3", "expected key=value, key.sub=value or ~key, with a name on both sides of each dot"},
      {"~", "expected key=value, key.sub=value or ~key, with a name on both sides of each dot"},
      {"trainer.epochs.x=3", "cannot set trainer.epochs.x: trainer.epochs is 3, not a map"},
      {"files.3=x", "cannot set files.3: files is a list of 2; expected an index from 0 to 2, got \"3\""},
      {"files.x=x", "cannot set files.x: files is a list of 2; expected an index from 0 to 2, got \"x\""},
      {"~trainer.epoch", "cannot remove trainer.epoch: trainer has no key \"epoch\"; did you mean \"epochs\"?"},
      {"~trainr.epochs", "cannot remove trainr.epochs: the config has no key \"trainr\"; did you mean \"trainer\"?"},
      {"~zzz", "cannot remove zzz: the config has no key \"zzz\""},
      {"~files.2", "cannot remove files.2: files is a list, which has no \"2\""},
      {"~trainer.epochs.x", "cannot remove trainer.epochs.x: trainer.epochs is 3, which has no \"x\""},
      {"a=@x", "is not YAML: unknown token; put the value in quotes: 'key=\"value\"'"},
      {"a={x: 1, x: 2}", "the key \"x\" is there twice; remove one"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_EQ(error_after(text), "command line \"" + text + "\": " + message);
  }
}

TEST(WriteYaml, IsReadableAndReadsBack) {
  const std::string text =
      "name: a b\n"
      "text: \"10\"\n"
      "tricky: [\"\", \"null\", \"- x\", \"a: b\", \"a,b\", \"#c\", \" x\", \"\\\"\\\\\\n\\t\\x01\"]\n"
      "empty: {}\n"
      "list: []\n"
      "table: [[1, -2.5], []]\n"
      "maps:\n"
      "  - a: 1\n"
      "    b:\n"
      "      c: null\n"
      "  -\n"
      "    - d: 1\n"
      "\"a: b\": 1\n";
  EXPECT_EQ(write_yaml(parse_config(text, "c.yaml")), text);
}

TEST(QuoteForMessage, KeepsCharactersWholeWhenItShortens) {
  std::string umlauts;
  for (int i = 0; i < 40; ++i) umlauts += "\xC3\xA4";
  EXPECT_EQ(quote_for_message(umlauts), "\"" + umlauts.substr(0, 60) + "...\"");
  EXPECT_EQ(quote_for_message("x" + umlauts), "\"x" + umlauts.substr(0, 60) + "...\"");
}

}  // namespace
}  // namespace recur::this_file
