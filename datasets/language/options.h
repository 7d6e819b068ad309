// What a config says about running text: where it comes from and how it is split.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include "core/options.h"
#include "datasets/text/options.h"

namespace recur {

/// Text without labels or examples: three long strings.
///
/// ptb is split as its makers split it.  Of text, what no file is named for is cut from the end of the training file:
/// training, validation, test, in the order of the file.
struct LanguageDataOptions {
  std::string format = "brackets";
  std::string folder = "";
  std::string train = "", validation = "", test = "";
  std::string encoding = "utf-8";
  double validation_fraction = 0.1;
  double test_fraction = 0.0;
  std::string line_ends = "keep";
  int64_t simulate_tokens = 200000;
  int64_t bptt = 35;
  TextOptions text = {.lowercase = false, .html_breaks = false, .tokenizer = "character"};

  static constexpr auto fields() {
    using L = LanguageDataOptions;
    return std::tuple{
        field("format", &L::format,
              "brackets: built in, well-nested brackets; text: one file, or one for each split; ptb: the Penn treebank "
              "as Mikolov prepared it",
              one_of("brackets", "text", "ptb")),
        field("folder", &L::folder, "ptb: where its three files are; empty: ptb in the data directory"),
        field("train", &L::train, "text: the file"),
        field("validation", &L::validation, "text: a file; empty: the end of the training file"),
        field("test", &L::test, "text: a file; empty: the end of the training file, behind the validation split"),
        field("encoding", &L::encoding, "text: of the files", not_empty()),
        field("validation_fraction", &L::validation_fraction,
              "text: share of the training file's characters that becomes the validation split if that has no file",
              fraction()),
        field("test_fraction", &L::test_fraction,
              "text: share of the training file's characters that becomes the test split if that has no file; 0: none",
              fraction()),
        field("line_ends", &L::line_ends,
              "text: what a line's end is: keep, a character (to words a blank); token, the word <eos>; blank, a blank "
              "(ptb: token)",
              one_of("keep", "token", "blank")),
        field("simulate_tokens", &L::simulate_tokens, "brackets: how many characters, over all splits",
              between(1000, 100000000)),
        field("bptt", &L::bptt, "tokens that the gradient goes back over: truncated back-propagation through time",
              at_least(1)),
        field("text", &L::text, "from text to tokens"),
    };
  }
  void check(ConfigCheck& check) const {
    const bool is_text = format == "text", is_ptb = format == "ptb";
    check.require(folder.empty() || is_ptb, "folder", "is for format ptb only");
    check.require(!is_text || !train.empty(), "train", "text needs its file: mine.txt");
    for (const auto& [key, file] :
         {std::pair{"train", train}, std::pair{"validation", validation}, std::pair{"test", test}}) {
      check.require(is_text || file.empty(), key, "is for format text only");
    }
    check.require(is_text || encoding == "utf-8", "encoding", "is for format text only");
    const double carved = (validation.empty() ? validation_fraction : 0) + (test.empty() ? test_fraction : 0);
    check.require(!is_text || carved < 1, "validation_fraction",
                  "with test_fraction this leaves nothing for the training split");
    check.require(!is_text || !validation.empty() || validation_fraction > 0, "validation_fraction",
                  "must be more than 0 unless validation names a file");
    check.require(is_text || line_ends == "keep" || (is_ptb && line_ends == "token"), "line_ends",
                  is_ptb ? "those of ptb are token" : "is for format text only");
    check.require((!is_ptb && line_ends != "token") || text.tokenizer == "whitespace", "text.tokenizer",
                  is_ptb ? "ptb needs whitespace: its words stand between blanks"
                         : "line_ends=token needs whitespace: others would split <eos>");
    check.require(!text.max_tokens, "text.max_tokens", "would leave out most of the text");
  }
};

}  // namespace recur
