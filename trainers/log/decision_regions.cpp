#include "trainers/log/decision_regions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "trainers/log/chart.h"
#include "trainers/log/format.h"

namespace recur {
namespace {

constexpr double kSide = 440;  // of the plane, in the picture
constexpr double kRegionsLeft = 48, kRegionsTop = 44, kRegionsRight = 22, kRegionsBottom = 50;
constexpr double kNameRow = 26, kNameLetter = 10;  // of the legend, as large as on a phone
constexpr int kLegendNameWidth = 18;
constexpr size_t kNamed = 20;

/// Neighbours of a row that are of one class as one rectangle.
std::string row_svg(const DecisionRegions& regions, int64_t row) {
  const int64_t rows = regions.said.size(0), columns = regions.said.size(1);
  const double height = kSide / static_cast<double>(rows), width = kSide / static_cast<double>(columns);
  const auto line = regions.said[row].contiguous();
  const auto* said = line.const_data_ptr<int64_t>();
  std::string svg;
  for (int64_t first = 0, next = 0; first < columns; first = next) {
    while (next < columns && said[next] == said[first]) ++next;
    svg +=
        fmt::format("<rect class=\"band c{}\" x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\"/>\n",
                    said[first] % kChartColours, kRegionsLeft + width * static_cast<double>(first),
                    kRegionsTop + height * static_cast<double>(row), width * static_cast<double>(next - first), height);
  }
  return svg;
}

std::string points_svg(const DecisionRegions& regions) {
  const auto points = regions.points.to(torch::kFloat64).contiguous();
  const auto truth = regions.truth.to(torch::kInt64).contiguous();
  const auto* at = points.const_data_ptr<double>();
  std::string svg;
  for (int64_t n = 0; n < points.size(0); ++n, at += 2) {
    const double x = (at[0] - regions.left) / (regions.right - regions.left);
    const double y = (regions.top - at[1]) / (regions.top - regions.bottom);
    if (x < 0 || x > 1 || y < 0 || y > 1) continue;
    svg += fmt::format("<circle class=\"dot c{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.2\"/>\n",
                       truth.const_data_ptr<int64_t>()[n] % kChartColours, kRegionsLeft + kSide * x,
                       kRegionsTop + kSide * y);
  }
  return svg;
}

std::string text(double x, double y, const char* css, const std::string& content) {
  return fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", css, x, y, escape_html(content));
}

std::string axes_svg(const DecisionRegions& regions) {
  std::string svg = fmt::format("<rect class=\"axis\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n", kRegionsLeft,
                                kRegionsTop, kSide, kSide);
  constexpr int kTicks = 5;
  for (const double tick : nice_ticks(regions.left, regions.right, kTicks)) {
    const double x = kRegionsLeft + kSide * (tick - regions.left) / (regions.right - regions.left);
    svg += text(x, kRegionsTop + kSide + 18, "tick middle", fmt::format("{:.6g}", tick));
  }
  for (const double tick : nice_ticks(regions.bottom, regions.top, kTicks)) {
    const double y = kRegionsTop + kSide * (regions.top - tick) / (regions.top - regions.bottom);
    svg += text(kRegionsLeft - 6, y + 4, "tick end", fmt::format("{:.6g}", tick));
  }
  svg += text(kRegionsLeft + kSide / 2, kRegionsTop + kSide + 40, "label middle", printable(regions.x_label));
  return svg + text(kRegionsLeft, kRegionsTop - 8, "label", printable(regions.y_label));
}

/// In rows under the plane, from `y` on, which is moved below them.
std::string legend_svg(const DecisionRegions& regions, double& y) {
  std::string svg;
  double x = kRegionsLeft;
  y += kNameRow / 2;
  for (size_t c = 0; c < regions.labels.size() && c < kNamed; ++c) {
    const auto name = fit_width(printable(regions.labels[c]), kLegendNameWidth);
    const double width = 16 + kNameLetter * display_width(name) + 18;
    if (x > kRegionsLeft && x + width > kRegionsLeft + kSide + kRegionsRight) x = kRegionsLeft, y += kNameRow;
    svg +=
        fmt::format("<circle class=\"dot c{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\"/>\n", c % kChartColours, x + 5, y);
    svg += text(x + 16, y + 5, "tick", name);
    x += width;
  }
  y += kNameRow / 2;
  return svg;
}

}  // namespace

std::string decision_regions_svg(const DecisionRegions& regions, bool standalone) {
  if (regions.said.dim() != 2 || regions.points.dim() != 2 || regions.points.size(1) != 2 ||
      regions.truth.sizes() != regions.points.sizes().slice(0, 1)) {
    throw ShapeError(
        fmt::format("decision regions: got a grid [{}], points [{}] and classes [{}], expected [R, C], "
                    "[N, 2] and [N]",
                    fmt::join(regions.said.sizes(), ", "), fmt::join(regions.points.sizes(), ", "),
                    fmt::join(regions.truth.sizes(), ", ")));
  }
  const double width = kRegionsLeft + kSide + kRegionsRight;
  double height = kRegionsTop + kSide + kRegionsBottom;
  const auto legend = legend_svg(regions, height);
  const double above = standalone ? 0 : 20;  // on a page a heading is its title
  std::string svg = fmt::format(
      "<svg class=\"chart plane\"{} viewBox=\"0 {:.0f} {:.0f} {:.0f}\" role=\"img\" aria-label=\"Decision regions\" "
      "style=\"max-width:{:.0f}px\">\n",
      standalone
          ? fmt::format(" xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0f}\" height=\"{:.0f}\"", width, height)
          : "",
      above, width, height - above, 1.25 * width);
  if (standalone) {
    svg += "<style>" + chart_css() + "</style>\n";
    svg += "<rect class=\"page\" width=\"100%\" height=\"100%\" rx=\"6\"/>\n";
    svg += text(kRegionsLeft, 18, "title", "Where it says what");
  }
  svg += "<g shape-rendering=\"crispEdges\">\n";  // no seams between the rows
  for (int64_t row = 0; row < regions.said.size(0); ++row) svg += row_svg(regions, row);
  svg += "</g>\n";
  return svg + points_svg(regions) + axes_svg(regions) + legend + "</svg>\n";
}

}  // namespace recur
