// Which words carried a decision: a text with a background behind each word, as strong as its attention weight.
#pragma once

#include <string>
#include <vector>

namespace recur {

/// A text as a model read it, and what it said of it.
struct WeighedText {
  std::vector<std::string> words;
  std::vector<double> weights;  ///< one a word, e.g. of attention: >= 0
  std::string label;            ///< predicted
  double probability = 0;       ///< of that label
  std::string truth = {};       ///< true label; empty: not known
};

/// How strongly each word is marked, 0 to 1: its weight over the largest one, but over no less than twice the average.
/// So a text whose weights are all equal is marked evenly and faintly.  A weight that is negative or not finite is 0.
std::vector<double> word_strengths(const std::vector<double>& weights);

/// A paragraph for a page, in light and dark: label, probability, whether it was right, and the marked words.  All
/// texts are escaped; a word's tooltip says its weight.
/// @throws ShapeError if there is not one weight a word.
std::string word_weights_html(const WeighedText& text);

/// The words on one line of a terminal: `colour` (256 colours) puts a background behind the stronger ones; otherwise
/// their weights follow them in brackets, "a touching[0.62] film".
/// @throws ShapeError if there is not one weight a word.
std::string coloured_words(const std::vector<std::string>& words, const std::vector<double>& weights, bool colour);

}  // namespace recur
