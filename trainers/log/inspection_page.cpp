#include "trainers/log/inspection_page.h"

#include <algorithm>

#include <ATen/ops/argsort.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "trainers/log/chart.h"
#include "trainers/log/format.h"
#include "trainers/log/inspection_strips.h"
#include "trainers/log/page.h"
#include "trainers/log/report.h"
#include "trainers/log/saturation_chart.h"
#include "trainers/log/time_strips.h"

namespace recur {
namespace {

constexpr double kReach = 0.1;       // what is still felt of a gradient
constexpr double kLeastFlow = 1e-8;  // drawn, as the page says
constexpr int64_t kUnitsRead = 4;    // told as texts
constexpr int64_t kStepsWorthReading = 8;

/// The text, coloured by some units: those whose state varies most (Karpathy, Johnson, Fei-Fei 2015, figure 2).
std::string units_as_text(const InspectedLayer& layer) {
  const auto named = std::ranges::count_if(layer.texts, [](const auto& text) { return !text.empty(); });
  if (layer.steps() < kStepsWorthReading || 2 * named < layer.steps() || are_dates(layer.texts)) return "";
  const bool inner = layer.trace.states.size() > 1;
  const auto values = inner ? layer.trace.states[1].tanh() : layer.trace.states[0];
  const auto order = at::argsort(values.std(0), /*dim=*/0, /*descending=*/true);
  const bool characters = std::ranges::all_of(layer.texts, [](const auto& text) { return display_width(text) <= 1; });
  auto html = fmt::format(
      "<h3>Units that change most</h3><p class=\"note\">The text, each step coloured by one unit: {} from −1 "
      "(blue) to 1 (orange). Look for a unit whose colour follows something that you can name.</p>\n<div "
      "class=\"units\">",
      inner ? fmt::format("tanh({})", layer.cell->states[1]) : layer.cell->states[0]);
  for (int64_t k = 0; k < std::min(kUnitsRead, layer.units()); ++k) {
    const auto unit = order[k].item<int64_t>();
    html += fmt::format("<p><b>unit {}</b> ", unit);
    for (int64_t t = 0; t < layer.steps(); ++t) {
      const auto& text = layer.texts[t];
      html += fmt::format("<span style=\"background:{}\">{}</span>{}",
                          heat_css(0.75 * values[t][unit].item<double>(), HeatColours::kSigned),
                          text == "\n" ? "⏎" : escape_html(printable(text)), characters ? "" : " ");
    }
    html += "</p>\n";
  }
  return html + "</div>\n";
}

std::string saturation_section(const InspectedLayer& layer) {
  std::string charts;
  for (const auto k : shown_gates(layer)) {
    if (layer.is_open_or_shut(k)) charts += saturation_chart(layer.cell->gates[k], layer.trace.gates[k]);
  }
  if (charts.empty()) return "";
  return fmt::format(
      "<h3>Saturation</h3><p class=\"note\">Each dot is a unit: how often its gate is shut (below {:g}) and how often "
      "open (above {:g}). At the top left a gate that is nearly always open; at the lower right one that is nearly "
      "always shut; on the slope one that switches; in the corner one that weighs without deciding.</p>\n"
      "<div class=\"saturation\">\n{}</div>\n",
      kShut, kOpen, charts);
}

/// Over steps back from the last.
ChartSeries flow_series(const InspectedLayer& layer, const torch::Tensor& flow, const std::string& name,
                        LineStyle style, int colour) {
  ChartSeries series{.name = name, .style = style, .colour = colour};
  const auto backwards = layer.reverse ? flow : flow.flip(0);
  for (int64_t k = 0; k < backwards.size(0); ++k) {
    const double value = backwards[k].item<double>();
    if (!(value >= kLeastFlow)) break;
    series.x.push_back(static_cast<double>(k));
    series.y.push_back(value);
  }
  return series;
}

std::string flow_section(const InspectedLayer& layer) {
  Chart chart{.x_label = fmt::format("steps back from the {}", layer.reverse ? "first, where it ends" : "last"),
              .y_label = "norm of the gradient",
              .y_axis = YAxis::kLog,
              .width = 620,
              .height = 330};
  chart.series = {
      flow_series(layer, layer.flow, fmt::format("this run ({})", layer.cell->text.name), LineStyle::kSolid, 0),
      flow_series(layer, layer.untrained_rnn, "untrained rnn", LineStyle::kDashed, 1),
      flow_series(layer, layer.untrained_lstm, "untrained lstm", LineStyle::kDashed, 2)};
  const auto states = fmt::format("{}", fmt::join(layer.cell->states, ", "));
  return fmt::format(
      "<h3>Gradient flow</h3><p class=\"note\">How much of the last output's gradient is left so many steps earlier: "
      "a line that falls to 0.01 leaves a hundredth of the signal to learn from. It starts at 1; the flatter, the "
      "longer the memory that training can reach. An RNN's falls (or grows) by about the same factor at every step; an "
      "LSTM's "
      "falls as slowly as its forget gates are open.</p>\n<div class=\"flow\">{}</div>\n"
      "<p class=\"note small\">Drawn: the root mean square, over {} units k, of ‖∂h<sub>T</sub>[k] / "
      "∂({})<sub>t</sub>‖ along this layer's own time, its input held fixed. Dashed: freshly drawn layers of the same "
      "width before the same input, the LSTM with a forget bias of {:g}. Below 1e-8 nothing is drawn.</p>\n",
      render_svg(chart, false), std::min(kFlowUnits, layer.units()), escape_html(states), kUsualForgetBias);
}

std::string glance(const Inspection& inspection) {
  Table table{.header = {"layer", "cell", "steps", "units", "kept on average", "gradient reaches back", "untrained rnn",
                         "untrained lstm"}};
  for (const auto& layer : inspection.layers) {
    const auto gate = layer.memory_gate();
    const bool keeps = *layer.cell->text.keeps != 0;
    const double mean = gate < 0 ? 0 : layer.trace.gates[gate].mean().item<double>();
    const auto reach = [&](const torch::Tensor& flow) { return fmt::format("{}", steps_back(layer, flow, kReach)); };
    table.rows.push_back({layer.title(), layer.cell->text.name, std::to_string(layer.steps()),
                          std::to_string(layer.units()),
                          gate < 0 ? "-" : fmt::format("{:.2f}", keeps ? mean : 1 - mean), reach(layer.flow),
                          reach(layer.untrained_rnn), reach(layer.untrained_lstm)});
  }
  return "<h2>At a glance</h2>\n" + html_table(table) +
         "<p class=\"note\">Kept on average: what the gate leaves of the state at each step. The gradient reaches "
         "back over the steps at which at least a tenth of it is left: in this run, and in an untrained rnn and "
         "lstm.</p>\n";
}

/// To each layer, where they are several.
std::string jumps(const Inspection& inspection) {
  std::string html = "<p class=\"note\">Go to";
  for (size_t k = 0; k < inspection.layers.size(); ++k) {
    html +=
        fmt::format("{} <a href=\"#layer-{}\">{}</a>", k > 0 ? " ·" : "", k, escape_html(inspection.layers[k].title()));
  }
  return html + "</p>\n";
}

std::string layer_section(const InspectedLayer& layer, size_t number) {
  const auto gate = layer.memory_gate();
  const auto sorted = gate < 0 ? std::string("by their mean state")
                               : fmt::format("by how much gate {} lets them keep, the longest memories on top",
                                             layer.cell->gates[gate]);
  auto html = fmt::format(
      "<section id=\"layer-{}\">\n<h2>{}</h2>\n<p class=\"note\">{} · {} steps from left to right{} · {} units, a row "
      "each, sorted {}; in the same order in every picture.</p>\n",
      number, escape_html(layer.title()), escape_html(layer.cell->text.title), layer.steps(),
      layer.reverse ? " (this layer reads them from right to left)" : "", layer.units(), escape_html(sorted));
  return html + inspection_strips(layer) + units_as_text(layer) + saturation_section(layer) + flow_section(layer) +
         "</section>\n";
}

/// Lines are broken where the page is narrow, except those of a table.
std::string said_html(const std::string& text) {
  const bool is_table = text.find("───") != std::string::npos;
  return fmt::format("<pre class=\"said{}\">{}</pre>\n", is_table ? " ruled" : "", escape_html(text));
}

}  // namespace

std::string render_inspection(const Inspection& inspection, const InspectionPage& page) {
  auto body = "<style>" + time_strips_css() + R"(
h3{margin:28px 0 6px;font-size:16px}.note{margin:0 0 10px;max-width:78ch;font-size:14px;color:var(--soft)}
.note a{display:inline-block;color:var(--accent)}.small{font-size:12.5px}
.said{white-space:pre-wrap;max-height:210px;overflow-y:auto;padding:12px 14px;border-radius:8px;background:var(--card);
margin:18px 0 0;overflow-wrap:anywhere}.said.ruled{white-space:pre}
.units p{margin:0 0 10px;white-space:pre-wrap;line-height:1.75;overflow-wrap:anywhere}.units span{border-radius:3px;padding:1px 0}
.units b{display:inline-block;min-width:4em;margin-right:8px;font-size:12px;color:var(--soft)}
.flow{max-width:680px}.scroll+.note{margin-top:10px}
)" + saturation_css() +
              "</style>\n";
  body += html_heading(page.title, page.subtitle) + html_facts(page.facts);
  if (!page.said.empty()) body += said_html(page.said);
  body += glance(inspection);
  if (inspection.layers.size() > 1) body += jumps(inspection);
  for (size_t k = 0; k < inspection.layers.size(); ++k) body += layer_section(inspection.layers[k], k);
  return html_page(page.title, body);
}

}  // namespace recur
