// What a chart needs beside its drawing: colours, escaping, smoothing.
#include <cmath>
#include <limits>

#include "trainers/log/chart.h"

namespace recur {

// The colours of Okabe and Ito (2008), told apart by the colour-blind; lightened for the dark.
std::string chart_css() {
  return R"(
.chart{--paper:#fff;--ink:#1f2328;--soft:#59636e;--grid:#e7eaee;--axis:#a8b0b9;
--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#b8578f;--c4:#b58900;--c5:#6b7280;
font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
@media(prefers-color-scheme:dark){.chart{--paper:#0d1117;--ink:#e6edf3;--soft:#9198a1;--grid:#21272f;--axis:#4b535d;
--c0:#58a6e0;--c1:#f0883e;--c2:#3fb98f;--c3:#e08fc0;--c4:#e3b341;--c5:#9ca3af}}
.chart .page{fill:var(--paper)}
.chart .c0{--c:var(--c0)}.chart .c1{--c:var(--c1)}.chart .c2{--c:var(--c2)}
.chart .c3{--c:var(--c3)}.chart .c4{--c:var(--c4)}.chart .c5{--c:var(--c5)}
.chart .line{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
.chart .dashed{stroke-dasharray:5 4}.chart .faint{stroke-width:1;opacity:.35}
.chart .band{fill:var(--c);opacity:.18;stroke:none}.chart .dot{fill:var(--c)}
.chart .grid{stroke:var(--grid);fill:none}.chart .axis{stroke:var(--axis);fill:none}
.chart text{fill:var(--ink)}.chart .tick,.chart .label{fill:var(--soft);font-variant-numeric:tabular-nums}
.chart .mark{stroke:var(--soft);stroke-dasharray:2 3;fill:none}
.chart .note{font-size:11px;fill:var(--soft)}
.chart .title{font-size:15px;font-weight:600}.chart .end{text-anchor:end}.chart .middle{text-anchor:middle}
.chart.narrow{display:none}@media(max-width:560px){.chart.narrow{display:block}.chart.broad{display:none}
.chart.plane text{font-size:17px}}
)";
}

std::vector<double> smooth(const std::vector<double>& values, double decay) {
  const auto pass = [decay](auto begin, auto end, auto out) {
    for (double sum = 0, weight = 0; begin != end; ++begin, ++out) {
      if (std::isfinite(*begin)) sum = decay * sum + *begin, weight = decay * weight + 1;
      *out = std::isfinite(*begin) ? sum / weight : std::numeric_limits<double>::quiet_NaN();
    }
  };
  std::vector<double> forward(values.size()), backward(values.size());
  pass(values.begin(), values.end(), forward.begin());
  pass(values.rbegin(), values.rend(), backward.rbegin());
  for (size_t i = 0; i < values.size(); ++i) forward[i] = (forward[i] + backward[i]) / 2;
  return forward;
}

std::string escape_html(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace recur
