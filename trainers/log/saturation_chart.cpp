#include "trainers/log/saturation_chart.h"

#include <fmt/format.h>

#include "trainers/inspection.h"
#include "trainers/log/chart.h"

namespace recur {
namespace {

constexpr int kSaturationLeft = 30, kSaturationTop = 26, kSaturationSide = 150, kSaturationWidth = 200,
              kSaturationHeight = 200;  // of the viewBox

double share(const torch::Tensor& which) {
  return which.to(torch::kFloat64).mean().item<double>();
}

}  // namespace

std::string saturation_chart(const std::string& gate, const torch::Tensor& values) {
  const auto shut = values.lt(kShut), open = values.gt(kOpen);
  const auto right = shut.to(torch::kFloat64).mean(0).contiguous(), up = open.to(torch::kFloat64).mean(0).contiguous();
  const int bottom = kSaturationTop + kSaturationSide;
  std::string svg = fmt::format(
      "<div><svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"saturation of gate {}\">\n"
      "<text class=\"title\" x=\"{}\" y=\"16\">{}</text>\n"
      "<path class=\"axis\" d=\"M{} {}V{}H{}Z\"/>\n",
      kSaturationWidth, kSaturationHeight, escape_html(gate), kSaturationLeft, escape_html(gate), kSaturationLeft,
      kSaturationTop, bottom, kSaturationLeft + kSaturationSide);
  for (int64_t k = 0; k < values.size(1); ++k) {
    svg += fmt::format("<circle class=\"dot c2\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"/>\n",
                       kSaturationLeft + kSaturationSide * right.const_data_ptr<double>()[k],
                       bottom - kSaturationSide * up.const_data_ptr<double>()[k]);
  }
  svg += fmt::format(
      "<text class=\"tick end\" x=\"{0}\" y=\"{1}\">1</text><text class=\"tick end\" x=\"{2}\" y=\"{3}\">1</text>"
      "<text class=\"label middle\" x=\"{4}\" y=\"{3}\">share shut →</text>"
      "<text class=\"label middle\" transform=\"translate({5},{6}) rotate(-90)\">share open →</text></svg>\n",
      kSaturationLeft - 8, kSaturationTop + 8, kSaturationLeft + kSaturationSide, bottom + 17,
      kSaturationLeft + kSaturationSide / 2, kSaturationLeft - 9, kSaturationTop + kSaturationSide / 2);
  return svg + fmt::format("<p>{:.0f} % shut, {:.0f} % open</p></div>\n", 100 * share(shut), 100 * share(open));
}

std::string saturation_css() {
  return R"(
.saturation{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:14px}
.saturation>div{max-width:210px}
.saturation .dot{opacity:.55}.saturation p{margin:0;font-size:12px;color:var(--soft)}
)";
}

}  // namespace recur
