#include "trainers/log/confusion_chart.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

#include "trainers/log/chart.h"
#include "trainers/log/format.h"

namespace recur {
namespace {

constexpr size_t kFew = 5;           // names of a few classes stand upright above their columns
constexpr size_t kShowShares = 12;   // cells of more classes hold a count only
constexpr int kClassNameWidth = 16;  // characters
constexpr double kMatrixTop = 64;    // title and the axes' names
constexpr double kMatrixMargin = 14;
constexpr double kMostOpaque = 0.65;  // the text on top stays readable, in light and dark

class ConfusionDrawing {
 public:
  explicit ConfusionDrawing(const ClassificationScore& score);
  std::string svg(bool standalone);

 private:
  size_t classes() const { return score_.classes.size(); }
  double x(size_t column) const { return left_ + cell_ * static_cast<double>(column); }
  double y(size_t row) const { return top_ + height_ * static_cast<double>(row); }
  void text(double x, double y, std::string_view css, std::string_view content, std::string_view more = "");
  void draw_names();
  void draw_cell(size_t row, size_t column);

  const ClassificationScore& score_;
  std::vector<std::string> names_;
  double cell_, height_;  // of one cell
  double left_, top_, width_;
  std::string out_;
};

ConfusionDrawing::ConfusionDrawing(const ClassificationScore& score) : score_(score) {
  double widest = 0;
  for (const ClassScore& one : score.classes) {
    names_.push_back(fit_width(printable(one.name), kClassNameWidth));
    widest = std::max(widest, 7.6 * display_width(names_.back()));  // on the wide side for 12px Latin text
  }
  const bool upright = classes() <= kFew;
  cell_ = classes() <= 2 ? 110 : upright ? 80 : classes() <= kShowShares ? 54 : 26;
  height_ = classes() <= 2 ? 64 : classes() <= kShowShares ? 44 : 22;
  cell_ = std::max(cell_, upright ? widest + 8 : 0);
  left_ = kMatrixMargin + widest + 8;
  top_ = kMatrixTop + (upright ? 24 : widest * std::sqrt(0.5) + 16);
  width_ = std::max(x(classes()) + kMatrixMargin + (upright ? 0 : widest * std::sqrt(0.5) - cell_ / 2 + 8), 300.0);
}

void ConfusionDrawing::text(double x, double y, std::string_view css, std::string_view content, std::string_view more) {
  out_ +=
      fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", css, x, y, more, escape_html(content));
}

void ConfusionDrawing::draw_names() {
  text(kMatrixMargin, 24, "title", "Confusion matrix");
  text(kMatrixMargin, 46, "label", "rows: true class, columns: predicted");
  for (size_t i = 0; i < classes(); ++i) {
    text(left_ - 8, y(i) + height_ / 2 + 4, "tick end", names_[i]);
    const double centre = x(i) + cell_ / 2;
    if (classes() <= kFew) {
      text(centre, top_ - 8, "tick middle", names_[i]);
    } else {
      text(centre, top_ - 8, "tick", names_[i],
           fmt::format(" transform=\"rotate(-45 {:.1f} {:.1f})\"", centre, top_ - 8));
    }
  }
}

void ConfusionDrawing::draw_cell(size_t row, size_t column) {
  const int64_t count = score_.confusion[static_cast<int64_t>(row)][static_cast<int64_t>(column)].item<int64_t>();
  const int64_t truly = score_.classes[row].support;
  const double share = truly > 0 ? static_cast<double>(count) / static_cast<double>(truly) : 0;
  const std::string place = fmt::format("x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"", x(column) + 1,
                                        y(row) + 1, cell_ - 2, height_ - 2);
  if (count == 0) {
    out_ += fmt::format("<rect {} rx=\"3\" style=\"fill:var(--grid);opacity:.45\"/>\n", place);
    return;
  }
  out_ += fmt::format("<g><title>{} taken for {}: {} of {} ({:.1f} %)</title>", escape_html(score_.classes[row].name),
                      escape_html(score_.classes[column].name), format_count(count), format_count(truly), 100 * share);
  // The root lifts rare mistakes out of the paper.
  out_ += fmt::format("<rect {} rx=\"3\" style=\"fill:var(--c{});opacity:{:.3f}\"/>\n", place, row == column ? 0 : 1,
                      kMostOpaque * std::sqrt(share));
  const double centre = x(column) + cell_ / 2, middle = y(row) + height_ / 2;
  const bool shares = classes() <= kShowShares;
  text(centre, middle + (shares ? -2 : 4), "middle", format_count(count),
       shares ? " style=\"font-weight:600\"" : " style=\"font-size:11px\"");
  if (shares) text(centre, middle + 13, "middle", fmt::format("{:.1f} %", 100 * share), " style=\"font-size:11px\"");
  out_ += "</g>\n";
}

std::string ConfusionDrawing::svg(bool standalone) {
  const double height = y(classes()) + kMatrixMargin;
  // Never larger than drawn, and on a narrow screen not so small that nobody can read it.
  out_ = fmt::format(
      "<svg class=\"chart\"{} viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"Confusion matrix\" "
      "style=\"max-width:{:.0f}px;min-width:{:.0f}px\">\n",
      standalone
          ? fmt::format(" xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0f}\" height=\"{:.0f}\"", width_, height)
          : "",
      width_, height, 1.25 * width_, 0.85 * width_);
  if (standalone) {
    out_ += "<style>" + chart_css() + "</style>\n";
    out_ += "<rect class=\"page\" width=\"100%\" height=\"100%\" rx=\"6\"/>\n";
  }
  draw_names();
  for (size_t row = 0; row < classes(); ++row) {
    for (size_t column = 0; column < classes(); ++column) draw_cell(row, column);
  }
  return std::move(out_) + "</svg>\n";
}

}  // namespace

std::string confusion_svg(const ClassificationScore& score, bool standalone) {
  return ConfusionDrawing(score).svg(standalone);
}

}  // namespace recur
