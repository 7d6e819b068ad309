#include "datasets/translation/read_translation.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/names.h"
#include "datasets/splits.h"
#include "datasets/translation/numbers.h"
#include "datasets/translation/pair_records.h"
#include "datasets/translation/parallel_lines.h"
#include "datasets/with_commas.h"

namespace recur {
namespace {

PairFiles read_files(const TranslationDataOptions& options, const ReadProgress& progress) {
  if (options.format == "lines") return read_parallel_lines(options, progress);
  if (options.format == "tsv" || options.format == "jsonl") return read_pair_records(options, progress);
  throw ConfigError(fmt::format("format: got \"{}\", expected numbers, lines, tsv or jsonl{}", options.format,
                                did_you_mean(options.format, {"numbers", "lines", "tsv", "jsonl"})));
}

// Moves the pairs that `is_chosen` to the result; the others stay, and both keep their order.
SentencePairs take(SentencePairs& from, const std::vector<bool>& is_chosen) {
  SentencePairs chosen, rest;
  for (int64_t k = 0; k < from.size(); ++k) {
    auto& to = is_chosen[k] ? chosen : rest;
    to.source.push_back(std::move(from.source[k]));
    to.target.push_back(std::move(from.target[k]));
  }
  from = std::move(rest);
  return chosen;
}

void swap_sides(SentencePairs& pairs) {
  std::swap(pairs.source, pairs.target);
}

TranslationData split(const TranslationDataOptions& options, int64_t seed, PairFiles&& files) {
  TranslationData data;
  const auto use = [&](PairFile& file) {
    data.report.push_back(file.to_line());
    if (file.pairs.size() == 0) throw DataError({file.source}, "no pair of sentences");
    if (options.swap) swap_sides(file.pairs);
    return std::move(file.pairs);
  };
  data.train = use(files.train);
  if (files.validation) data.validation = use(*files.validation);
  if (files.test) data.test = use(*files.test);
  // A source sentence with several translations stays whole: a model that has seen one of them knows the sentence.
  const auto carve = [&](SentencePairs& part, double fraction, const std::string& name) {
    part = take(data.train, grouped_part(data.train.source, fraction, seed));
    data.report.push_back(fmt::format("{}: {} pairs carved from train", name, with_commas(part.size())));
  };
  if (!files.test) carve(data.test, options.test_fraction, "test");
  if (!files.validation) carve(data.validation, options.validation_fraction, "validation");
  return data;
}

int64_t count_words(const std::string& sentence) {
  return 1 + std::ranges::count(sentence, ' ');
}

// The validation and test splits stay whole: what is hard must not go from what is measured.
void drop_long_and_unequal(const TranslationDataOptions& options, TranslationData& data) {
  if (!options.max_words && !options.max_length_ratio) return;
  std::vector<bool> is_kept(data.train.size());
  int64_t are_long = 0, unequal = 0;
  for (int64_t k = 0; k < data.train.size(); ++k) {
    const auto [less, more] = std::minmax({count_words(data.train.source[k]), count_words(data.train.target[k])});
    const bool is_long = options.max_words && more > *options.max_words;
    const bool is_unequal =
        options.max_length_ratio && static_cast<double>(more) > *options.max_length_ratio * static_cast<double>(less);
    is_kept[k] = !is_long && !is_unequal;
    are_long += is_long;
    unequal += is_unequal && !is_long;
  }
  std::vector<std::string> left_out;
  if (are_long > 0)
    left_out.push_back(fmt::format("{} of more than {} words", with_commas(are_long), *options.max_words));
  if (unequal > 0) {
    left_out.push_back(fmt::format("{} with more than {} times as many words on one side", with_commas(unequal),
                                   *options.max_length_ratio));
  }
  data.train = take(data.train, is_kept);
  if (left_out.empty()) return;
  data.report.push_back(
      fmt::format("train: {} pairs are left; left out: {}", with_commas(data.train.size()), fmt::join(left_out, ", ")));
}

// Says how many of `part` `other` has too: they are no test of what was learned.
void report_shared(const SentencePairs& part, const std::string& name, const SentencePairs& other,
                   const std::string& other_name, std::vector<std::string>& report) {
  std::unordered_multimap<std::string_view, int64_t> places;
  for (int64_t k = 0; k < part.size(); ++k) places.emplace(part.source[k], k);
  std::vector<bool> sentence_is_shared(part.size()), pair_is_shared(part.size());
  for (int64_t i = 0; i < other.size(); ++i) {
    const auto [first, last] = places.equal_range(other.source[i]);
    for (auto place = first; place != last; ++place) {
      sentence_is_shared[place->second] = true;
      if (part.target[place->second] == other.target[i]) pair_is_shared[place->second] = true;
    }
  }
  const auto sentences = std::ranges::count(sentence_is_shared, true), pairs = std::ranges::count(pair_is_shared, true);
  if (sentences == 0) return;
  report.push_back(
      fmt::format("{}: the source sentences of {} pairs are in {} too, {} of them with the same translation", name,
                  with_commas(sentences), other_name, with_commas(pairs)));
}

}  // namespace

TranslationData read_translation(const TranslationDataOptions& options, int64_t seed, const ReadProgress& progress) {
  TranslationData data;
  if (options.format == "numbers") {
    data = simulate_numbers(options.simulate_examples, seed);
    if (options.swap) {
      for (auto* part : {&data.train, &data.validation, &data.test}) swap_sides(*part);
    }
  } else {
    data = split(options, seed, read_files(options, progress));
  }
  drop_long_and_unequal(options, data);
  for (const auto& [name, part] : {std::pair{"training", &data.train}, std::pair{"validation", &data.validation}}) {
    if (part->size() == 0) {
      throw DataError(
          fmt::format("no {} pairs: of {} in all, none is left for it; give more, or set data.validation_fraction, "
                      "data.test_fraction, data.max_words and data.max_length_ratio",
                      name, with_commas(data.train.size() + data.validation.size() + data.test.size())));
    }
  }
  report_shared(data.validation, "validation", data.train, "train", data.report);
  report_shared(data.test, "test", data.train, "train", data.report);
  report_shared(data.test, "test", data.validation, "validation", data.report);
  return data;
}

}  // namespace recur
