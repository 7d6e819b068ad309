#include "trainers/log/time_strips.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/base64.h"
#include "trainers/log/chart.h"
#include "trainers/log/format.h"

namespace recur {
namespace {

constexpr int64_t kLowestMap = 84, kHighestMap = 216, kUnitHeight = 4;  // pixels
constexpr int kWordColumn = 17, kCharacterColumn = 11;                  // pixels a step
constexpr int kLongestWord = 14;                                        // characters
constexpr int kNumbers = 10, kDates = 4;                                // on an axis
constexpr int64_t kStripWidth = 940, kLetter = 7, kBetween = 8;         // of words side by side

std::string shown(const std::string& text) {
  if (text.empty()) return "";
  const auto cut = fit_width(printable(text), kLongestWord);
  return text == "\n" ? "⏎" : cut.find_first_not_of(' ') == std::string::npos ? "␣" : escape_html(cut);
}

/// Numbers from 1 at round steps, nothing at the others.
std::vector<std::string> numbers(int64_t steps) {
  std::vector<std::string> texts(steps);
  for (const double tick : nice_ticks(1, static_cast<double>(steps), kNumbers)) {
    if (tick == std::floor(tick)) texts[static_cast<int64_t>(tick) - 1] = fmt::format("{:.0f}", tick);
  }
  texts.front() = "1";
  return texts;
}

std::string scale(HeatColours colours, double full) {
  const bool is_signed = colours == HeatColours::kSigned;
  const auto end = full == 1 ? "1" : format_number(full, 2);
  std::string ramp;
  for (int k = is_signed ? -4 : 0; k <= 4; ++k) {
    ramp += fmt::format("<i style=\"background:{}\"></i>", heat_css(k / 4.0, colours));
  }
  return fmt::format("<span class=\"scale\">{}{}{}</span>", is_signed ? "−" + end : "0", ramp, end);
}

std::string path_of(const torch::Tensor& values) {
  const auto v = values.to(torch::kCPU, torch::kFloat64).contiguous();
  std::string path;
  for (int64_t t = 0; t < v.numel(); ++t) {
    path += fmt::format("{}{:.1f} {:.4f}", path.empty() ? "M" : "L", static_cast<double>(t) + 0.5,
                        1 - v.const_data_ptr<double>()[t]);
  }
  return path;
}

}  // namespace

bool are_dates(const std::vector<std::string>& texts) {
  constexpr size_t kShortest = 4;
  return !texts.empty() && std::ranges::all_of(texts, [](const auto& text) {
    return text.size() > kShortest && text.find_first_not_of("0123456789-: ") == std::string::npos;
  });
}

TimeStrips::TimeStrips(TimeAxis axis) : axis_(std::move(axis)) {
  auto& texts = axis_.texts;
  if (std::ssize(texts) != axis_.steps) texts = numbers(axis_.steps);
  if (are_dates(texts)) {
    const int64_t every = (axis_.steps + kDates - 1) / kDates;
    for (int64_t t = 0; t < axis_.steps; ++t) {
      const bool has_room = (axis_.steps - t) * (kDates + 1) >= axis_.steps;  // on a phone too
      if (t % every != 0 || !has_room) texts[t].clear();
    }
  }
  int64_t named = 0, longest = 0;
  for (const auto& text : texts) {
    named += text.empty() ? 0 : 1;
    longest = std::max<int64_t>(longest, std::min(display_width(text), kLongestWord));
  }
  ruler_ = 2 * named < axis_.steps                                       ? Ruler::kSparse
           : longest <= 1                                                ? Ruler::kCharacters
           : axis_.steps * (longest * kLetter + kBetween) <= kStripWidth ? Ruler::kWords
                                                                         : Ruler::kDownwards;
}

std::string TimeStrips::ruler() const {
  constexpr std::array kClasses{"sparse", "characters", "words", "downwards"};
  std::string html = fmt::format("<div class=\"ruler {}\" style=\"grid-template-columns:repeat({},minmax(0,1fr))\">",
                                 kClasses[static_cast<size_t>(ruler_)], axis_.steps);
  for (const auto& text : axis_.texts) html += "<span>" + shown(text) + "</span>";
  return html + "</div>\n";
}

void TimeStrips::add(const StripText& text, const std::string& legend, const std::string& picture) {
  strips_ += fmt::format("<div class=\"strip\"><p><b>{}</b>{} {}<br>{}</p>\n{}{}</div>\n", escape_html(text.name),
                         text.equation.empty() ? "" : "<code>" + escape_html(text.equation) + "</code>", legend,
                         escape_html(text.look_for), picture, ruler());
}

void TimeStrips::add_map(const StripText& text, const torch::Tensor& values, HeatColours colours, double full) {
  const int64_t T = values.size(0), H = values.size(1);
  const auto height = std::clamp(H * kUnitHeight, kLowestMap, kHighestMap);
  add(text, scale(colours, full),
      fmt::format("<img class=\"map{}\" style=\"height:{}px\" alt=\"{}: {} units over {} steps\" "
                  "src=\"data:image/png;base64,{}\">\n",
                  H <= height ? " crisp" : "", height, escape_html(text.name), H, T,
                  to_base64(heat_map_png(values.t() / full, colours))));
}

void TimeStrips::add_lines(const StripText& text, const std::vector<StripLine>& lines) {
  std::string legend, paths;
  for (size_t k = 0; k < lines.size(); ++k) {
    legend += fmt::format("<span class=\"chart key\"><i class=\"c{}\"></i>{}</span>", k % kChartColours,
                          escape_html(lines[k].name));
    paths += fmt::format("<path class=\"line c{}\" d=\"{}\"/>\n", k % kChartColours, path_of(lines[k].values));
  }
  add(text, legend,
      fmt::format("<div class=\"plot\"><svg class=\"chart\" viewBox=\"0 0 {0} 1\" preserveAspectRatio=\"none\" "
                  "role=\"img\" aria-label=\"{1}\"><path class=\"grid\" d=\"M0 0H{0}M0 .5H{0}M0 1H{0}\"/>\n{2}</svg>"
                  "<span>1</span><span>0.5</span><span>0</span></div>\n",
                  axis_.steps, escape_html(text.name), paths));
}

std::string TimeStrips::html() const {
  const int column = ruler_ == Ruler::kSparse ? 0 : ruler_ == Ruler::kCharacters ? kCharacterColumn : kWordColumn;
  return fmt::format("<div class=\"strips\"><div style=\"min-width:{}px\">\n{}</div></div>\n", axis_.steps * column,
                     strips_);
}

std::string time_strips_css() {
  return R"(
.strips{overflow-x:auto;border:1px solid var(--line);border-radius:10px;padding:2px 16px 14px 34px;margin:14px 0}
.strip p{position:sticky;left:0;width:fit-content;max-width:min(940px,calc(100vw - 84px));margin:16px 0 6px;
font-size:14px;line-height:1.45;color:var(--soft)}
.strip b{color:var(--ink);font-size:15px;margin-right:10px}.strip code{margin-right:12px;font-size:12px;color:var(--ink)}
.strip .map{display:block;width:100%;max-width:none;border:1px solid var(--line)}.crisp{image-rendering:pixelated}
.scale,.key{display:inline-flex;align-items:center;gap:5px;margin-right:12px;font-size:12px;white-space:nowrap}
.scale{gap:0}.scale i{width:12px;height:11px;border:solid var(--line);border-width:1px 0}
.scale i:first-of-type{margin-left:5px;border-left-width:1px}.scale i:last-of-type{margin-right:5px;border-right-width:1px}
.key i{width:16px;height:3px;border-radius:2px;background:var(--c)}
.ruler{display:grid;margin-top:3px;font-size:11px;line-height:1.2;color:var(--soft)}
.ruler span{display:flex;justify-content:center;white-space:nowrap;overflow:hidden}
.ruler.characters{font-family:ui-monospace,"DejaVu Sans Mono",monospace}
.ruler.downwards span{writing-mode:vertical-rl;align-items:center;justify-content:flex-start}
.ruler.sparse span{overflow:visible;width:0;justify-content:flex-start}
.plot{position:relative;height:120px}.plot svg{height:100%;overflow:visible}
.plot path{vector-effect:non-scaling-stroke}
.plot span{position:absolute;right:100%;margin-right:6px;font-size:11px;line-height:1;color:var(--soft);translate:0 -50%}
.plot span:nth-of-type(1){top:0}.plot span:nth-of-type(2){top:50%}.plot span:nth-of-type(3){top:100%}
@media(max-width:560px){.ruler.words span{writing-mode:vertical-rl;align-items:center;justify-content:flex-start}
.strips{padding:0 8px 10px 26px}.ruler{font-size:10px}.strip p{max-width:calc(100vw - 64px)}}
)";
}

}  // namespace recur
