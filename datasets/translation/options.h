// What a config says about sentences with their translations: where they come from and how they are split.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "core/options.h"
#include "datasets/batches.h"
#include "datasets/text/options.h"

namespace recur {

/// Pairs of a sentence and its translation.
///
/// What no file is named for is carved from the training part, source sentence by source sentence: one that occurs with
/// several translations is in one split with all of them.
struct TranslationDataOptions {
  std::string format = "numbers";
  std::string folder = "";
  std::string source = "de", target = "en";
  std::string train = "", validation = "", test = "";
  std::string encoding = "utf-8";
  bool swap = false;
  double validation_fraction = 0.1;
  double test_fraction = 0.1;
  std::optional<int64_t> max_words = std::nullopt;
  std::optional<double> max_length_ratio = std::nullopt;
  int64_t simulate_examples = 6000;
  bool joint_vocabulary = false;
  TextOptions source_text = {};
  TextOptions target_text = {};
  BatchOptions batches = {};

  static constexpr auto fields() {
    using T = TranslationDataOptions;
    return std::tuple{
        field("format", &T::format,
              "numbers: built in, numbers in words, English to German; lines: two files of lines for each split; tsv: "
              "source<TAB>target[<TAB>attribution], as Anki has it; jsonl: an object a line",
              one_of("numbers", "lines", "tsv", "jsonl")),
        field("folder", &T::folder, "lines: where its files are; empty: multi30k in the data directory"),
        field("source", &T::source, "language that is translated; lines: the files' ending; jsonl: the key",
              not_empty()),
        field("target", &T::target, "language that it becomes; lines: the files' ending; jsonl: the key", not_empty()),
        field("train", &T::train,
              "tsv, jsonl: the file; lines: the files' name before the ending; empty: train, which is train.de and "
              "train.en"),
        field("validation", &T::validation, "the same; empty: val if lines has it, else carved from the training part"),
        field("test", &T::test, "the same; empty: test if lines has it, else carved from the training part"),
        field("encoding", &T::encoding, "of the files"),
        field("swap", &T::swap, "numbers, tsv: translate the other way"),
        field("validation_fraction", &T::validation_fraction,
              "share of the training pairs that becomes the validation split where the data has none", fraction()),
        field("test_fraction", &T::test_fraction,
              "share of the pairs that becomes the test split where the data has none", fraction()),
        field("max_words", &T::max_words,
              "training pairs with more words (by blanks) on either side are left out; null: none", at_least(1)),
        field("max_length_ratio", &T::max_length_ratio,
              "training pairs with more than so many times as many words on one side are left out; null: none",
              at_least(1)),
        field("simulate_examples", &T::simulate_examples, "numbers: how many, over all splits", between(100, 500000)),
        field("joint_vocabulary", &T::joint_vocabulary,
              "one vocabulary for both languages, by source_text and fitted on both"),
        field("source_text", &T::source_text, "from sentences of the source language to tokens"),
        field("target_text", &T::target_text, "from sentences of the target language to tokens"),
        field("batches", &T::batches, "which pairs stand together in a batch"),
    };
  }
  void check(ConfigCheck& check) const {
    const bool is_lines = format == "lines", is_tsv = format == "tsv", is_numbers = format == "numbers";
    check.require(folder.empty() || is_lines, "folder", "is for format lines only");
    const TranslationDataOptions usual;
    for (const auto& [key, given, value] : {std::tuple{"source", source, usual.source},  //
                                            std::tuple{"target", target, usual.target}}) {
      check.require(is_lines || format == "jsonl" || given == value, key, "is for formats lines and jsonl only");
    }
    check.require(source != target, "target", "must be another language than source");
    check.require(is_lines || is_numbers || !train.empty(), "train",
                  is_tsv ? "tsv needs its file: deu.txt" : "jsonl needs its file: train.jsonl");
    for (const auto& [key, file] :
         {std::pair{"train", train}, std::pair{"validation", validation}, std::pair{"test", test}}) {
      check.require(!is_numbers || file.empty(), key, "numbers are built in, not read");
    }
    check.require(!swap || is_tsv || is_numbers, "swap",
                  "is for formats numbers and tsv only: otherwise exchange source and target");
    const auto target_yaml = to_yaml(target_text);
    check.require(!joint_vocabulary || target_yaml == to_yaml(TextOptions{}) || target_yaml == to_yaml(source_text),
                  "target_text", "with joint_vocabulary source_text is for both languages: leave target_text out");
  }
};

}  // namespace recur
