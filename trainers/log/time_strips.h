// Pictures that stand below each other over one axis of time, so that a step is a column through all of them.
#pragma once

#include <string>
#include <vector>

#include <torch/types.h>

#include "trainers/log/heat_map.h"

namespace recur {

/// The steps and what they are called.
struct TimeAxis {
  int64_t steps = 0;
  std::vector<std::string> texts = {};  ///< one a step, some may be empty; none at all: numbers from 1
};

/// Whether the texts are dates or times, of which an axis shows some.
bool are_dates(const std::vector<std::string>& texts);

/// What stands above a picture.
struct StripText {
  std::string name = {};      ///< e.g. a gate's
  std::string equation = {};  ///< may be empty
  std::string look_for = {};  ///< one sentence
};

/// A line of a chart.
struct StripLine {
  std::string name;
  torch::Tensor values;  ///< [T], 0 to 1
};

/// Builds the element.  All texts are escaped; the page must hold time_strips_css() once.
class TimeStrips {
 public:
  explicit TimeStrips(TimeAxis axis);

  /// A heat map of `values` [T, H], units as rows; `full` is what has full colour.
  void add_map(const StripText& text, const torch::Tensor& values, HeatColours colours, double full = 1);
  /// Lines from 0 to 1.
  void add_lines(const StripText& text, const std::vector<StripLine>& lines);

  std::string html() const;

 private:
  void add(const StripText& text, const std::string& legend, const std::string& picture);
  std::string ruler() const;

  TimeAxis axis_;
  /// How texts stand below their steps: some here and there, a character each, side by side, or downwards.
  enum class Ruler { kSparse, kCharacters, kWords, kDownwards } ruler_ = Ruler::kDownwards;
  std::string strips_;
};

std::string time_strips_css();

}  // namespace recur
