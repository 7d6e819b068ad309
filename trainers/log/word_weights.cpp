#include "trainers/log/word_weights.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

#include <fmt/format.h>

#include "core/error.h"
#include "trainers/log/chart.h"
#include "trainers/log/format.h"

namespace recur {
namespace {

constexpr double kFaintest = 0.25;    // weaker words of a terminal stay as they are
constexpr double kMostOpaque = 0.55;  // the word stays readable, in light and dark

// From pale to strong blue, each with a colour of its own for the letters, so that any terminal's colours do.
constexpr std::array<std::string_view, 4> kMarks = {"48;5;153;38;5;16", "48;5;111;38;5;16", "48;5;69;38;5;16",
                                                    "1;48;5;26;38;5;231"};

void check(size_t words, size_t weights) {
  if (words != weights) {
    throw ShapeError(fmt::format("word weights: got {} words and {} weights, expected one a word", words, weights));
  }
}

double usable(double weight) {
  return std::isfinite(weight) ? std::max(weight, 0.0) : 0;
}

}  // namespace

std::vector<double> word_strengths(const std::vector<double>& weights) {
  double largest = 0, sum = 0;
  for (const double weight : weights) {
    largest = std::max(largest, usable(weight));
    sum += usable(weight);
  }
  const double full = std::max(largest, 2 * sum / static_cast<double>(std::max<size_t>(weights.size(), 1)));
  std::vector<double> strengths;
  for (const double weight : weights) strengths.push_back(full > 0 ? usable(weight) / full : 0);
  return strengths;
}

std::string word_weights_html(const WeighedText& text) {
  check(text.words.size(), text.weights.size());
  std::string html = "<p class=\"words\" style=\"line-height:1.8;overflow-wrap:anywhere\">";
  html += fmt::format("<b>{}</b> {:.1f} %", escape_html(text.label), 100 * text.probability);
  if (!text.truth.empty()) {
    const bool right = text.truth == text.label;
    html += fmt::format(" <span style=\"color:{}\">{}</span>", right ? "#0a8f6a" : "#d55e00",
                        right ? "✓" : "✗ truly " + escape_html(text.truth));
  }
  html += "<br>";
  const std::vector<double> strengths = word_strengths(text.weights);
  for (size_t i = 0; i < strengths.size(); ++i) {
    // A translucent blue: pale on white, deep on black.
    html += fmt::format(
        "{}<span title=\"{:.3f}\" style=\"background:rgba(0,134,220,{:.2f});border-radius:4px;padding:2px "
        "3px\">{}</span>",
        i > 0 ? " " : "", text.weights[i], kMostOpaque * strengths[i], escape_html(text.words[i]));
  }
  return html + "</p>\n";
}

std::string coloured_words(const std::vector<std::string>& words, const std::vector<double>& weights, bool colour) {
  check(words.size(), weights.size());
  const std::vector<double> strengths = word_strengths(weights);
  std::string line;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string word = printable(words[i]);
    if (i > 0) line += ' ';
    if (strengths[i] < kFaintest) {
      line += word;
    } else if (!colour) {
      line += fmt::format("{}[{:.2f}]", word, weights[i]);
    } else {
      const double level = (strengths[i] - kFaintest) / (1 - kFaintest) * static_cast<double>(kMarks.size());
      line += fmt::format("\x1b[{}m{}\x1b[0m", kMarks[std::min(static_cast<size_t>(level), kMarks.size() - 1)], word);
    }
  }
  return line;
}

}  // namespace recur
