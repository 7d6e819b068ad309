// Line charts as SVG: a text that a browser, a README and a report show, in light and dark.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace recur {

enum class LineStyle {
  kSolid,
  kDashed,
  kFaint
};                                    ///< kFaint: a thin pale line, e.g. the raw values behind a smooth one
enum class XAxis { kNumber, kDate };  ///< kDate: x is days since 1970-01-01 (may have a fraction)
enum class YAxis { kLinear, kLog };

/// One line.  A value that is not finite leaves a gap.
struct ChartSeries {
  std::string name = {};  ///< empty: not in the legend
  std::vector<double> x = {}, y = {};
  LineStyle style = LineStyle::kSolid;
  int colour = -1;  ///< index into the palette; -1: the next one
};

/// A shaded interval, drawn behind the lines.
struct ChartBand {
  std::string name = {};  ///< empty: not in the legend
  std::vector<double> x = {}, low = {}, high = {};
  int colour = 0;
};

/// A vertical line with a note above it, e.g. where a forecast starts.
struct ChartMark {
  double x = 0;
  std::string label = {};
};

struct Chart {
  std::string title = {};
  std::string x_label = {}, y_label = {};
  std::vector<ChartSeries> series = {};
  std::vector<ChartBand> bands = {};
  std::vector<ChartMark> marks = {};  ///< from left to right; one outside the range of x is left out
  XAxis x_axis = XAxis::kNumber;
  YAxis y_axis = YAxis::kLinear;     ///< kLog: values <= 0 leave gaps
  double width = 720, height = 320;  ///< of the viewBox; the picture scales
};

/// The chart.  `standalone`: as a file of its own, one `<svg>` element with namespace and style sheet; otherwise for a
/// page that holds chart_css() once, as two `<svg>` elements of which a phone shows the narrow one, whose texts can be
/// read there.  All texts are escaped.
/// @throws Error if the lengths of x and y differ.
std::string render_svg(const Chart& chart, bool standalone = true);

constexpr int kChartColours = 6;  ///< of the palette: classes c0 ... c5

/// The style sheet: colours for light and, by prefers-color-scheme, dark.
std::string chart_css();

/// Round tick positions (1, 2, 2.5 or 5 times a power of ten) inside [low, high], about `count` of them.
std::vector<double> nice_ticks(double low, double high, int count);

/// Days since 1970-01-01 of a date of the Gregorian calendar, e.g. for XAxis::kDate.
double days_since_1970(int year, unsigned month, unsigned day);

/// Exponential moving average, run from both ends so that it does not lag behind; values that are not finite are passed
/// over.
std::vector<double> smooth(const std::vector<double>& values, double decay);

/// `text` with & < > " ' as entities, for HTML and SVG.
std::string escape_html(std::string_view text);

}  // namespace recur
