#include "trainers/inspection.h"

#include <algorithm>
#include <cmath>

#include <ATen/ops/zeros.h>

#include <fmt/format.h>

#include "core/error.h"
#include "models/engine/gate_values.h"
#include "models/sequence/recurrent.h"

namespace recur {
namespace {

using nlohmann::ordered_json;

/// "encoder.recurrent" of "encoder.recurrent.weight_ih_l0_reverse", and the layer, 0.
std::pair<std::string, int64_t> place_of(const torch::nn::Module& model, const LayerReading& reading) {
  constexpr std::string_view kMark = "weight_ih_l";
  const auto name = weight_name(model, reading);
  if (name.empty()) return {"", 0};
  const auto mark = name.rfind(kMark);
  return {mark == 0 ? "" : name.substr(0, mark - 1), std::stoll(name.substr(mark + kMark.size()))};
}

void check_recurrent(const torch::nn::Module& model, const std::string& task) {
  const auto parts = model.modules();
  const bool is_recurrent = std::ranges::any_of(
      parts, [](const auto& part) { return dynamic_cast<const RecurrentImpl*>(part.get()) != nullptr; });
  if (is_recurrent) return;
  throw ConfigError(
      fmt::format("inspect: this {} network has no recurrent layer, so it has no gates and states to look at", task));
}

std::vector<double> numbers_of(const torch::Tensor& values) {
  std::vector<double> numbers;
  const auto flat = values.contiguous();
  for (int64_t k = 0; k < flat.numel(); ++k) {
    numbers.push_back(std::stod(fmt::format("{:.6g}", flat.const_data_ptr<double>()[k])));
  }
  return numbers;
}

ordered_json rows_of(const torch::Tensor& values) {
  auto rows = ordered_json::array();
  for (const auto& row : values.unbind(0)) rows.push_back(numbers_of(row));
  return rows;
}

ordered_json layer_json(const InspectedLayer& layer) {
  ordered_json json = {{"part", layer.part},
                       {"layer", layer.layer},
                       {"direction", layer.reverse ? "backward" : "forward"},
                       {"cell", layer.cell->text.name},
                       {"steps", layer.steps()},
                       {"units", layer.units()},
                       {"texts", layer.texts},
                       {"gates", ordered_json::object()},
                       {"states", ordered_json::object()}};
  for (size_t k = 0; k < layer.trace.gates.size(); ++k) {
    const auto& values = layer.trace.gates[k];
    if (!values.defined()) continue;
    auto& gate = json["gates"][layer.cell->gates[k]];
    gate["values"] = rows_of(values);
    if (!layer.is_open_or_shut(static_cast<int64_t>(k))) continue;
    gate["mean"] = numbers_of(values.mean(1));
    gate["shut"] = numbers_of(values.lt(kShut).to(torch::kFloat64).mean(0));
    gate["open"] = numbers_of(values.gt(kOpen).to(torch::kFloat64).mean(0));
  }
  for (size_t s = 0; s < layer.trace.states.size(); ++s) {
    json["states"][layer.cell->states[s]]["values"] = rows_of(layer.trace.states[s]);
  }
  json["gradient_flow"] = {{"trained", numbers_of(layer.flow)},
                           {"untrained_rnn", numbers_of(layer.untrained_rnn)},
                           {"untrained_lstm", numbers_of(layer.untrained_lstm)}};
  return json;
}

}  // namespace

std::string InspectedLayer::title() const {
  return fmt::format("{}{}layer {}{}", part, part.empty() ? "" : ", ", layer + 1, reverse ? ", backwards" : "");
}

int64_t InspectedLayer::memory_gate() const {
  const std::string keeps = cell->text.keeps, writes = cell->text.writes;
  const auto found = std::ranges::find(cell->gates, keeps.empty() ? writes : keeps);
  return found == cell->gates.end() ? -1 : found - cell->gates.begin();
}

bool InspectedLayer::is_open_or_shut(int64_t gate) const {
  const auto value = engine::gate_values(cell->program)[gate].value;
  return value >= 0 && cell->program.instructions[value].op == engine::Op::kSigmoid;
}

int64_t steps_back(const InspectedLayer& layer, const torch::Tensor& flow, double share) {
  const auto backwards = layer.reverse ? flow : flow.flip(0);
  int64_t steps = 0;
  while (steps + 1 < backwards.size(0) && backwards[steps + 1].item<double>() >= share) ++steps;
  return steps;
}

Inspection inspect(Experiment& experiment, const PredictRequest& request) {
  const auto task = experiment.run_options().task;
  check_recurrent(experiment.model(), task);
  Inspection inspection;
  const RecurrentProbe probe;
  inspection.prediction = experiment.predict(request);
  for (const auto& reading : probe.readings()) {
    const auto [part, layer] = place_of(experiment.model(), reading);
    InspectedLayer seen{.part = part,
                        .layer = layer,
                        .reverse = reading.reverse,
                        .cell = reading.cell,
                        .trace = trace_cell(reading),
                        .flow = gradient_flow(reading),
                        .untrained_rnn = gradient_flow(untrained(reading, "rnn", 0)),
                        .untrained_lstm = gradient_flow(untrained(reading, "lstm", kUsualForgetBias))};
    seen.texts = experiment.step_texts(part, seen.steps(), request, inspection.prediction);
    if (std::ssize(seen.texts) != seen.steps()) seen.texts.clear();
    inspection.layers.push_back(std::move(seen));
  }
  if (inspection.layers.empty()) {
    throw ConfigError(
        fmt::format("inspect: {} was given nothing to read; name an INPUT, as for `recur predict`", task));
  }
  return inspection;
}

ordered_json inspection_json(const Inspection& inspection) {
  ordered_json json = {{"prediction", inspection.prediction}, {"layers", ordered_json::array()}};
  for (const auto& layer : inspection.layers) json["layers"].push_back(layer_json(layer));
  return json;
}

}  // namespace recur
