// What a config says about labelled texts: where they come from and how they are split.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/options.h"
#include "datasets/batches.h"
#include "datasets/text/options.h"
#include "datasets/text/word_vectors.h"

namespace recur {

/// Where a table's texts and labels stand.  Beside classification's NumberColumns, because nearly every line of help
/// says something else: a table of texts may be JSON, and its quotes may be text.
struct TextColumns {
  std::string text = "text";
  std::string label = "label";
  bool header = true;
  std::string delimiter = "auto";
  bool quotes = true;

  static constexpr auto fields() {
    using T = TextColumns;
    return std::tuple{
        field("text", &T::text, "name of the column of texts, or its number from 1; JSON: the key"),
        field("label", &T::label, "name of the column of labels, or its number from 1; JSON: the key"),
        field("header", &T::header, "whether the first row of a CSV or TSV file names the columns"),
        field("delimiter", &T::delimiter,
              "between the fields; auto: a tab in .tsv files, else found from the first row",
              one_of("auto", ",", ";", "tab")),
        field("quotes", &T::quotes,
              "fields may stand in quotes, quotes in them doubled; false: a quote is text like any other"),
    };
  }
  void check(ConfigCheck& check) const {
    const auto is_number = [](const std::string& text) {
      return !text.empty() && text.size() < 10 && text[0] != '0' &&
             std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    for (const auto& [key, column] : {std::pair{"text", text}, std::pair{"label", label}}) {
      check.require(header || is_number(column), key,
                    "files without a header need the column's number, counted from 1");
    }
    check.require(text != label, "label", "must be another column than text");
  }
};

/// Texts with one label each.
///
/// A data set that comes with test or validation files is split as its makers split it; what it lacks is carved from
/// the training part, stratified by label; in IMDB so that no film is in two splits.  With `folds` set only the
/// training part counts: fold `fold` of it is the test split, the validation split is carved from the rest, and other
/// files' texts are left out.
struct SentimentDataOptions {
  std::string format = "reviews";
  std::string folder = "";
  std::vector<std::string> train = {}, validation = {}, test = {};
  TextColumns table = {};
  std::string encoding = "auto";
  bool fine_labels = false;
  double validation_fraction = 0.1;
  double test_fraction = 0.1;
  std::optional<int64_t> folds = std::nullopt;
  std::optional<int64_t> fold = std::nullopt;
  int64_t simulate_examples = 8000;
  TextOptions text = {};
  WordVectorOptions vectors = {};
  BatchOptions batches = {};

  static constexpr auto fields() {
    using S = SentimentDataOptions;
    return std::tuple{
        field("format", &S::format, "reviews: built in, from a grammar; table: your own CSV, TSV or JSON files",
              one_of("reviews", "sst2", "mr", "trec", "imdb", "table")),
        field("folder", &S::folder,
              "where the files of sst2, mr, trec or imdb are (imdb: or a .tar.gz); empty: in the data directory"),
        field("train", &S::train, "table: files (.csv .tsv .jsonl .json), one after the other"),
        field("validation", &S::validation, "table: files; none: carved from the training part"),
        field("test", &S::test, "table: files; none: carved from the training part"),
        field("table", &S::table, "table: where texts and labels stand"),
        field("encoding", &S::encoding, "of the files; auto: what the format is known for, else UTF-8"),
        field("fine_labels", &S::fine_labels, "trec: the 50 fine classes instead of the 6 coarse ones"),
        field("validation_fraction", &S::validation_fraction,
              "share of the training part that becomes the validation split where the data has none", fraction()),
        field("test_fraction", &S::test_fraction,
              "share of the texts that becomes the test split where the data has none", fraction()),
        field("folds", &S::folds, "folds of a cross-validation over the training part; null: none", at_least(2)),
        field("fold", &S::fold, "which fold is the test split, from 1; null: `recur train` trains on each in turn",
              at_least(1)),
        field("simulate_examples", &S::simulate_examples, "reviews: how many, over all splits", between(10, 100000)),
        field("text", &S::text, "from texts to tokens"),
        field("vectors", &S::vectors, "pre-trained vectors of the vocabulary's words"),
        field("batches", &S::batches, "which texts stand together in a batch"),
    };
  }
  void check(ConfigCheck& check) const {
    const bool is_table = format == "table";
    check.require(!is_table || !train.empty(), "train", "a table needs its files: [mine.csv]");
    for (const auto& [key, files] :
         {std::pair{"train", train}, std::pair{"validation", validation}, std::pair{"test", test}}) {
      check.require(is_table || files.empty(), key, "is for format table only");
    }
    check.require(folder.empty() || (!is_table && format != "reviews"), "folder",
                  "is for formats sst2, mr, trec and imdb only");
    check.require(!fine_labels || format == "trec", "fine_labels", "is for format trec only");
    check.require(!fold || (folds && *fold <= *folds), "fold", "must be at most folds");
  }
};

}  // namespace recur
