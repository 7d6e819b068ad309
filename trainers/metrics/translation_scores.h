// Translations that a model wrote, measured by one reference each, with the numbers that sacrebleu prints.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "trainers/metrics/bleu.h"
#include "trainers/metrics/ngrams.h"
#include "trainers/task.h"

namespace recur {

/// BLEU-4 in 0 ... 1 as bleu(), smoothed as mteval-v13a.pl and sacrebleu do by default ("exp"; method 3 of Chen &
/// Cherry 2014, "A systematic comparison of smoothing techniques for sentence-level BLEU"): the k-th order without a
/// match counts as having 1 / 2^k of one.  Without any match, or where the candidates have no 4-gram, it is 0.
/// Where all orders have matches, it is bleu().
double smoothed_bleu(const BleuStatistics& statistics);

/// chrF in 0 ... 1 (Popovic 2015, "chrF: character n-gram F-score for automatic MT evaluation") as sacrebleu computes
/// it by default (chrF2): over a corpus, precision and recall of the n-grams of code points, blanks removed, each
/// averaged over the orders n = 1 ... 6 that both sides have; of the two the F-score with beta = 2, recall twice as
/// important.  As there, a candidate's n-grams count only where its reference has any of that order.  Without a match
/// it is 0.
/// @throws DataError if there is no candidate, if there are not as many references, or for a text that is not UTF-8.
double chrf(std::span<const std::string> candidates, std::span<const std::string> references);

/// The words for "bleu_tokens": split_words() of the text in normal form C, in lower case, <br> a blank (TextOptions as
/// they are by default).
/// @throws DataError for a text that is not UTF-8.
Tokens translation_words(std::string_view text);

/// Scores of a corpus.  The first three are 0 ... 100, as the field prints them, and not 0 ... 1 as in bleu():
///   bleu         smoothed_bleu() of the texts as they stand, cased, tokenized by tokenize_13a(): sacrebleu's BLEU, the
///                one to compare with papers; bleu_signature() says how it was made
///   bleu_tokens  smoothed_bleu() of translation_words(), the kind of BLEU that PyTorch's tutorials report: lower case
///                tends to make it higher, and it is comparable only where the tokenizer is the same
///   chrf         chrf()
/// and exact_match, 0 ... 1, is the share of translations that are their reference but for blanks at the ends and how
/// many there are between words.
/// An empty translation is allowed; it counts as short and without a match.
/// @throws DataError as chrf().
Metrics score_translations(std::span<const std::string> translations, std::span<const std::string> references);

/// How "bleu" was made, in sacrebleu's words: what its signature is by default, without the version.
std::string bleu_signature();

}  // namespace recur
