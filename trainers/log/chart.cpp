#include "trainers/log/chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "core/error.h"
#include "trainers/log/chart_axis.h"
#include "trainers/log/format.h"

namespace recur {
namespace {

constexpr double kFontSize = 12, kTitleSize = 15;
constexpr double kTitleRow = 19, kLegendRow = 20;
constexpr double kLegendKey = 24;  // a short line before each name
constexpr double kPhoneWidth = 320, kPhoneHeight = 250;

// Widths of a sans-serif font cannot be known here; this is on the wide side for Latin text.
double text_width(std::string_view text, double size = kFontSize) {
  return 0.58 * size * display_width(text);
}

// Of the title: as many as the width asks for.
std::vector<std::string> title_lines(const Chart& chart) {
  std::vector<std::string> lines;
  for (std::string_view rest = chart.title; !rest.empty();) {
    const std::string word(rest.substr(0, rest.find(' ')));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (lines.empty() || text_width(lines.back() + " " + word, kTitleSize) > chart.width - 20) {
      lines.push_back(word);
    } else {
      lines.back() += " " + word;
    }
  }
  return lines;
}

struct Point {
  double x, y;
};

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value), high = std::max(high, value);
  }
  bool empty() const { return low > high; }
};

struct LegendEntry {
  std::string name;
  std::string css;
  bool is_band;
  double x = 0, y = 0;
};

class Drawing {
 public:
  explicit Drawing(const Chart& chart);
  std::string svg(bool standalone, std::string_view css = "chart");
  double more_rows() const { return more_rows_; }  ///< the height of title and legend beyond a row each

 private:
  double value(double y) const {
    if (chart_.y_axis == YAxis::kLinear) return y;
    return y > 0 ? std::log10(y) : std::numeric_limits<double>::quiet_NaN();
  }
  Point at(double x, double y) const {
    return {left_ + x_.share(x) * (right_ - left_), bottom_ - y_.share(y) * (bottom_ - top_)};
  }
  void check() const;
  int colour_of(size_t series) const;
  void lay_out_legend();
  void lay_out_axes();
  void draw_title();
  void draw_axes();
  void draw_legend();
  void draw_band(const ChartBand& band);
  void draw_series(const ChartSeries& series, int colour);
  void draw_mark(const ChartMark& mark);
  void text(Point at, std::string_view css, std::string_view content, std::string_view more = "");

  const Chart& chart_;
  std::vector<std::string> title_;
  double more_rows_ = 0;
  Axis x_, y_;
  std::vector<LegendEntry> legend_;
  double notes_end_ = 0;
  bool is_empty_ = false;
  double left_ = 0, right_ = 0, top_ = 0, bottom_ = 0;
  std::string out_;
};

Drawing::Drawing(const Chart& chart) : chart_(chart), title_(title_lines(chart)) {
  check();
  if (!title_.empty()) more_rows_ = kTitleRow * static_cast<double>(title_.size() - 1);
  top_ = title_.empty() ? 10 : 34 + more_rows_;
  lay_out_legend();
  lay_out_axes();
}

void Drawing::check() const {
  const auto fail = [&](const std::string& name) {
    throw Error(fmt::format("chart '{}': the columns of '{}' differ in length", chart_.title, name));
  };
  for (const auto& s : chart_.series) {
    if (s.x.size() != s.y.size()) fail(s.name);
  }
  for (const auto& b : chart_.bands) {
    if (b.x.size() != b.low.size() || b.x.size() != b.high.size()) fail(b.name);
  }
}

int Drawing::colour_of(size_t series) const {
  const int chosen = chart_.series[series].colour;
  return (chosen >= 0 ? chosen : static_cast<int>(series)) % kChartColours;
}

void Drawing::lay_out_legend() {
  for (size_t i = 0; i < chart_.series.size(); ++i) {
    const auto& s = chart_.series[i];
    const char* style = s.style == LineStyle::kDashed ? " dashed" : s.style == LineStyle::kFaint ? " faint" : "";
    if (!s.name.empty()) legend_.push_back({s.name, fmt::format("line c{}{}", colour_of(i), style), false});
  }
  for (const auto& b : chart_.bands) {
    if (!b.name.empty()) legend_.push_back({b.name, fmt::format("band c{}", b.colour % kChartColours), true});
  }
  // The title names a single line well enough.
  if (legend_.size() == 1 && !chart_.title.empty()) legend_.clear();
  double x = 14;
  for (LegendEntry& entry : legend_) {
    const double width = kLegendKey + text_width(entry.name) + 20;
    if (x > 14 && x + width > chart_.width) x = 14, top_ += kLegendRow, more_rows_ += kLegendRow;
    entry.x = x, entry.y = top_ + kLegendRow / 2;
    x += width;
  }
  top_ += legend_.empty() ? 8 : kLegendRow + 8;
}

void Drawing::lay_out_axes() {
  Range xs, ys;
  bool whole = true;
  for (const auto& s : chart_.series) {
    for (size_t i = 0; i < s.x.size(); ++i) {
      whole = whole && s.x[i] == std::round(s.x[i]);
      if (std::isfinite(value(s.y[i]))) xs.add(s.x[i]), ys.add(value(s.y[i]));
    }
  }
  for (const auto& b : chart_.bands) {
    for (size_t i = 0; i < b.x.size(); ++i) xs.add(b.x[i]), ys.add(value(b.low[i])), ys.add(value(b.high[i]));
  }
  is_empty_ = xs.empty() || ys.empty();
  if (is_empty_) xs = ys = Range{0, 1};
  if (!chart_.y_label.empty() || !chart_.marks.empty()) {
    top_ += 22;
  } else if (legend_.empty() && !title_.empty()) {
    top_ += 6;  // the topmost number stands off the title
  }
  if (!chart_.y_label.empty()) notes_end_ = 14 + text_width(chart_.y_label) + 10;
  bottom_ = chart_.height - (chart_.x_label.empty() ? 28 : 46);
  const auto y_count = [&](double pixels) { return std::max(2, static_cast<int>((bottom_ - top_) / pixels)); };
  y_ = chart_.y_axis == YAxis::kLog ? log_axis(ys.low, ys.high, y_count(28))
                                    : number_axis(ys.low, ys.high, y_count(34), true, false);
  double widest = 0;
  for (const Tick& tick : y_.ticks) widest = std::max(widest, text_width(tick.label));
  left_ = 14 + widest + 8;
  right_ = chart_.width - 22;
  const bool dates = chart_.x_axis == XAxis::kDate;
  const int x_count = std::max(dates ? 1 : 5, static_cast<int>((right_ - left_) / (dates ? 80 : 84)));
  x_ = chart_.x_axis == XAxis::kDate ? date_axis(xs.low, xs.high, x_count)
                                     : number_axis(xs.low, xs.high, x_count, false, whole);
}

void Drawing::text(Point p, std::string_view css, std::string_view content, std::string_view more) {
  out_ += fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", css, p.x, p.y, more,
                      escape_html(content));
}

void Drawing::draw_title() {
  double y = 24;
  for (const auto& line : title_) {
    const double width = text_width(line, kTitleSize), room = chart_.width - 20;
    text({14, y}, "title", line,
         width > room ? fmt::format(" style=\"font-size:{:.1f}px\"", kTitleSize * room / width) : "");
    y += kTitleRow;
  }
}

void Drawing::draw_axes() {
  for (const Tick& tick : y_.ticks) {
    const double y = at(x_.low, tick.value).y;
    out_ += fmt::format("<path class=\"grid\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>\n", left_, y, right_);
    text({left_ - 8, y + 4}, "tick end", tick.label);
  }
  out_ += fmt::format("<path class=\"axis\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>\n", left_, bottom_, right_);
  double free_from = 0;  // a label that would touch the one before it is left out
  for (const Tick& tick : x_.ticks) {
    const double x = at(tick.value, y_.low).x;
    out_ += fmt::format("<path class=\"axis\" d=\"M{:.1f} {:.1f}v5\"/>\n", x, bottom_);
    const double half = text_width(tick.label) / 2;
    const double centre = std::min(x, chart_.width - half - 2);
    if (centre - half < free_from) continue;
    text({centre, bottom_ + 19}, "tick middle", tick.label);
    free_from = centre + half + 8;
  }
  if (!chart_.x_label.empty()) text({(left_ + right_) / 2, bottom_ + 39}, "label middle", chart_.x_label);
  if (!chart_.y_label.empty()) text({14, top_ - 12}, "label", chart_.y_label);
}

void Drawing::draw_legend() {
  for (const LegendEntry& entry : legend_) {
    if (entry.is_band) {
      out_ += fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"18\" height=\"10\"/>\n", entry.css,
                          entry.x, entry.y - 5);
    } else {
      out_ += fmt::format("<path class=\"{}\" d=\"M{:.1f} {:.1f}h18\"/>\n", entry.css, entry.x, entry.y);
    }
    text({entry.x + kLegendKey, entry.y + 4}, "name", entry.name);
  }
}

// Of many points that share a column of pixels, only the first, least, greatest and last can be seen.
std::vector<Point> thin_out(const std::vector<Point>& points) {
  std::vector<Point> kept;
  for (size_t begin = 0, end = 0; begin < points.size(); begin = end) {
    const double column = std::floor(points[begin].x);
    while (end < points.size() && std::floor(points[end].x) == column) ++end;
    const auto [low, high] = std::minmax_element(points.begin() + begin, points.begin() + end,
                                                 [](const Point& a, const Point& b) { return a.y < b.y; });
    std::vector<size_t> keep = {begin, static_cast<size_t>(low - points.begin()),
                                static_cast<size_t>(high - points.begin()), end - 1};
    std::sort(keep.begin(), keep.end());
    keep.erase(std::unique(keep.begin(), keep.end()), keep.end());
    for (const size_t i : keep) kept.push_back(points[i]);
  }
  return kept;
}

std::string polyline(const std::vector<Point>& points) {
  std::string path;
  for (const Point& p : points) path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", p.x, p.y);
  return path;
}

void Drawing::draw_band(const ChartBand& band) {
  std::vector<Point> high, low;
  const auto flush = [&] {
    std::vector<Point> outline = thin_out(high);
    const std::vector<Point> back = thin_out(low);
    outline.insert(outline.end(), back.rbegin(), back.rend());
    if (high.size() > 1) {
      out_ += fmt::format("<path class=\"band c{}\" d=\"{}Z\"/>\n", band.colour % kChartColours, polyline(outline));
    }
    high.clear(), low.clear();
  };
  for (size_t i = 0; i < band.x.size(); ++i) {
    const double a = value(band.low[i]), b = value(band.high[i]);
    if (!std::isfinite(band.x[i] + a + b)) {
      flush();
      continue;
    }
    low.push_back(at(band.x[i], a)), high.push_back(at(band.x[i], b));
  }
  flush();
}

void Drawing::draw_series(const ChartSeries& series, int colour) {
  std::string path;
  std::vector<Point> points;
  const auto flush = [&] {
    if (points.size() == 1) {  // a line of no length would not be seen
      out_ += fmt::format("<circle class=\"dot c{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"/>\n", colour, points[0].x,
                          points[0].y);
    } else {
      path += polyline(thin_out(points));
    }
    points.clear();
  };
  for (size_t i = 0; i < series.x.size(); ++i) {
    const double y = value(series.y[i]);
    if (std::isfinite(series.x[i] + y)) {
      points.push_back(at(series.x[i], y));
    } else {
      flush();
    }
  }
  flush();
  if (path.empty()) return;
  const char* style = series.style == LineStyle::kDashed  ? " dashed"
                      : series.style == LineStyle::kFaint ? " faint"
                                                          : "";
  out_ += fmt::format("<path class=\"line c{}{}\" d=\"{}\"/>\n", colour, style, path);
}

void Drawing::draw_mark(const ChartMark& mark) {
  if (mark.x < x_.low || mark.x > x_.high) return;
  const double x = at(mark.x, y_.low).x;
  out_ += fmt::format("<path class=\"mark\" d=\"M{:.1f} {:.1f}V{:.1f}\"/>\n", x, top_, bottom_);
  // Its note stands above the plot, in one row with the axis label and the notes of marks to its left.
  const double width = text_width(mark.label, 11);
  const double centre = std::clamp(x, notes_end_ + width / 2, std::max(notes_end_, chart_.width - width) + width / 2);
  text({centre, top_ - 9}, "note middle", mark.label);
  notes_end_ = centre + width / 2 + 10;
}

std::string Drawing::svg(bool standalone, std::string_view css) {
  out_ = fmt::format("<svg class=\"{}\"{} viewBox=\"0 0 {:g} {:g}\" role=\"img\" aria-label=\"{}\">\n", css,
                     standalone ? fmt::format(" xmlns=\"http://www.w3.org/2000/svg\" width=\"{:g}\" height=\"{:g}\"",
                                              chart_.width, chart_.height)
                                : "",
                     chart_.width, chart_.height, escape_html(chart_.title));
  if (standalone) {
    out_ += "<style>" + chart_css() + "</style>\n";
    out_ += "<rect class=\"page\" width=\"100%\" height=\"100%\" rx=\"6\"/>\n";
  }
  if (!chart_.title.empty()) draw_title();
  draw_axes();
  for (const auto& band : chart_.bands) draw_band(band);
  for (size_t i = 0; i < chart_.series.size(); ++i) draw_series(chart_.series[i], colour_of(i));
  for (const auto& mark : chart_.marks) draw_mark(mark);
  if (is_empty_) text({(left_ + right_) / 2, (top_ + bottom_) / 2}, "label middle", "no data");
  draw_legend();
  return std::move(out_) + "</svg>\n";
}

}  // namespace

std::string render_svg(const Chart& chart, bool standalone) {
  if (standalone || chart.width <= kPhoneWidth) return Drawing(chart).svg(standalone);
  Chart narrow = chart;
  narrow.width = kPhoneWidth;
  narrow.height = std::min(chart.height, kPhoneHeight);
  narrow.height += Drawing(narrow).more_rows();
  return Drawing(chart).svg(false, "chart broad") + Drawing(narrow).svg(false, "chart narrow");
}

}  // namespace recur
