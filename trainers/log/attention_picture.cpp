#include "trainers/log/attention_picture.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "trainers/log/chart.h"
#include "trainers/log/format.h"

namespace recur {
namespace {

constexpr int kField = 20, kColumnWidth = 8, kFieldMargin = 8;  // pixels; of a character of a label
constexpr int kLongestLabel = 24;                               // characters

std::string label(const std::string& token) {
  const auto shown = fit_width(printable(token), kLongestLabel);
  return shown.empty() || shown == " " ? "␣" : shown;
}

int width_of(const std::vector<std::string>& tokens) {
  int width = 1;
  for (const auto& token : tokens) width = std::max(width, display_width(label(token)));
  return width * kColumnWidth + kFieldMargin;
}

}  // namespace

std::string attention_svg(const std::vector<std::string>& read, const std::vector<std::string>& written,
                          const torch::Tensor& weights) {
  const auto rows = static_cast<int64_t>(written.size()), columns = static_cast<int64_t>(read.size());
  if (weights.sizes() != at::IntArrayRef({rows, columns})) {
    throw ShapeError(fmt::format("attention picture: {} written and {} read tokens, and weights [{}]", rows, columns,
                                 fmt::join(weights.sizes(), ", ")));
  }
  const auto numbers = weights.to(torch::kCPU, torch::kFloat64).contiguous();
  const int left = width_of(written), top = width_of(read);
  const auto width = left + columns * kField + kFieldMargin, height = top + rows * kField + kFieldMargin;
  std::string svg = fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {0} {1}\" style=\"width:{0}px;max-width:100%;margin:8px 16px 8px 0\" "
      "role=\"img\">\n",
      width, height);
  for (int64_t c = 0; c < columns; ++c) {
    const auto x = left + c * kField + kField / 2 + 4;
    svg += fmt::format("<text transform=\"translate({},{}) rotate(-90)\">{}</text>\n", x, top - kFieldMargin / 2,
                       escape_html(label(read[c])));
  }
  for (int64_t r = 0; r < rows; ++r) {
    const auto y = top + r * kField;
    svg += fmt::format("<text class=\"end\" x=\"{}\" y=\"{}\">{}</text>\n", left - kFieldMargin / 2, y + kField / 2 + 4,
                       escape_html(label(written[r])));
    for (int64_t c = 0; c < columns; ++c) {
      const double weight = numbers.const_data_ptr<double>()[r * columns + c];
      svg += fmt::format(
          "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" style=\"fill:rgba(0,134,220,{:.3f});stroke:var(--grid)\">"
          "<title>{:.3f}</title></rect>\n",
          left + c * kField, y, kField, kField, std::clamp(weight, 0.0, 1.0), weight);
    }
  }
  return svg + "</svg>\n";
}

}  // namespace recur
