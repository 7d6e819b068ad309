#include "models/sequence/recurrent.h"

#include <algorithm>
#include <cmath>

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <torch/nn/init.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "models/sequence/dropout.h"
#include "models/sequence/packing.h"
#include "models/sequence/recurrent_probe.h"

namespace recur {

RecurrentImpl::RecurrentImpl(int64_t input_size, RecurrentOptions options, Layout layout)
    : input_size_(input_size), options_(std::move(options)), layout_(layout), cell_(&engine::find_cell(options_.cell)) {
  if (input_size < 1 || options_.hidden_size < 1 || options_.num_layers < 1) {
    throw ShapeError(fmt::format("Recurrent: input_size {}, hidden_size {} and num_layers {} must all be at least 1",
                                 input_size, options_.hidden_size, options_.num_layers));
  }
  if (cell_->program.uses_raw_input() && (input_size != output_size() || options_.bidirectional)) {
    throw ShapeError(
        fmt::format("Recurrent: cell {} adds its input to its state, so that the input must be as wide "
                    "as the hidden state ({}), got {}",
                    options_.cell, options_.hidden_size, input_size));
  }
  if (options_.engine == "fused" && !engine::can_fuse(cell_->program)) {
    throw ConfigError(fmt::format("engine: fused cannot run cell {}; auto runs it by the reference", options_.cell));
  }
  caches_.resize(static_cast<size_t>(options_.num_layers * directions()));
  reset();
}

std::vector<std::string> RecurrentImpl::parameter_names(int64_t layer, bool reverse) const {
  const auto suffix = fmt::format("_l{}{}", layer, reverse ? "_reverse" : "");
  std::vector<std::string> names = {"weight_ih" + suffix, "weight_hh" + suffix};
  if (options_.bias) names.insert(names.end(), {"bias_ih" + suffix, "bias_hh" + suffix});
  for (const auto& unit : cell_->units) names.push_back(unit + suffix);
  return names;
}

void RecurrentImpl::reset() {
  const int64_t H = options_.hidden_size, packed = static_cast<int64_t>(cell_->gates.size()) * H;
  const double bound = 1.0 / std::sqrt(static_cast<double>(H));
  for (int64_t layer = 0; layer < options_.num_layers; ++layer) {
    const int64_t D = layer == 0 ? input_size_ : output_size();
    for (int64_t direction = 0; direction < directions(); ++direction) {
      for (const auto& name : parameter_names(layer, direction == 1)) {
        std::vector<int64_t> shape = {H};
        if (name.starts_with("weight_ih")) shape = {packed, D};
        if (name.starts_with("weight_hh")) shape = {packed, H};
        if (name.starts_with("bias_")) shape = {packed};
        torch::nn::init::uniform_(register_parameter(name, at::empty(shape)), -bound, bound);
      }
    }
  }
  if (options_.forget_bias || options_.chrono_steps) start_memory_gates();
}

bool RecurrentOptions::has_memory_gate(const std::string& cell) {
  const auto& text = engine::find_cell(cell).text;
  return *text.keeps != 0 || *text.writes != 0;
}

void RecurrentImpl::start_memory_gates() {
  torch::NoGradGuard no_grad;
  const auto& gates = cell_->gates;
  const std::string keeps = cell_->text.keeps, writes = cell_->text.writes;
  if (!options_.bias || (keeps.empty() && writes.empty())) {
    throw ConfigError(
        fmt::format("forget_bias, chrono_steps: cell {} has no bias of a gate that keeps its state", options_.cell));
  }
  const int64_t H = options_.hidden_size;
  for (int64_t run = 0; run < options_.num_layers * directions(); ++run) {
    const auto names = parameter_names(run / directions(), run % directions() == 1);
    const auto value = options_.chrono_steps ? at::empty({H}).uniform_(1, *options_.chrono_steps - 1).log_()
                                             : at::full({H}, *options_.forget_bias);
    const auto set = [&](const std::string& gate, const torch::Tensor& to) {
      const auto first = (std::ranges::find(gates, gate) - gates.begin()) * H;
      parameters_[names[2]].narrow(0, first, H).copy_(to);
      parameters_[names[3]].narrow(0, first, H).zero_();
    };
    if (!keeps.empty()) set(keeps, value);
    // forget_bias leaves the input gate of an LSTM as it is.
    if (!writes.empty() && (keeps.empty() || options_.chrono_steps)) set(writes, -value);
  }
}

void RecurrentImpl::pretty_print(std::ostream& stream) const {
  stream << fmt::format("recur::Recurrent(cell={}, input_size={}, hidden_size={}, num_layers={}{}{}{})", options_.cell,
                        input_size_, options_.hidden_size, options_.num_layers,
                        options_.bidirectional ? ", bidirectional" : "", options_.bias ? "" : ", no bias",
                        options_.dropout > 0 ? fmt::format(", dropout={}", options_.dropout) : "");
}

engine::LayerParameters RecurrentImpl::layer_parameters(int64_t layer, bool reverse) const {
  const auto names = parameter_names(layer, reverse);
  size_t next = 0;
  const auto take = [&] { return parameters_[names[next++]]; };
  engine::LayerParameters parameters{
      .weight_ih = take(), .weight_hh = take(), .bias_ih = {}, .bias_hh = {}, .units = {}};
  if (options_.weight_dropout > 0) {
    parameters.weight_hh = elementwise_dropout(parameters.weight_hh, options_.weight_dropout, is_training());
  }
  if (options_.bias) {
    parameters.bias_ih = take();
    parameters.bias_hh = take();
  }
  while (next < names.size()) parameters.units.push_back(take());
  return parameters;
}

void RecurrentImpl::check_input(const torch::Tensor& x, const std::vector<torch::Tensor>& initial) const {
  const auto shape = [](const torch::Tensor& t) { return fmt::format("[{}]", fmt::join(t.sizes().vec(), ", ")); };
  const char* layout = layout_ == Layout::kBatchFirst ? "[B, T, {}]" : "[T, B, {}]";
  if (x.dim() != 3 || x.size(2) != input_size_ || x.size(0) < 1 || x.size(1) < 1) {
    throw ShapeError(fmt::format("Recurrent({}): expected x of shape {} with B and T at least 1, got {}", options_.cell,
                                 fmt::format(fmt::runtime(layout), input_size_), shape(x)));
  }
  if (initial.empty()) return;
  if (initial.size() != cell_->states.size()) {
    throw ShapeError(fmt::format("Recurrent({}): expected {} initial state{} ({}), got {}", options_.cell,
                                 cell_->states.size(), cell_->states.size() == 1 ? "" : "s",
                                 fmt::join(cell_->states, ", "), initial.size()));
  }
  const int64_t B = x.size(layout_ == Layout::kBatchFirst ? 0 : 1);
  const std::vector<int64_t> expected = {options_.num_layers * directions(), B, options_.hidden_size};
  for (size_t s = 0; s < initial.size(); ++s) {
    if (initial[s].sizes() != at::IntArrayRef(expected)) {
      throw ShapeError(fmt::format("Recurrent({}): expected initial state {} of shape [{}], got {}", options_.cell,
                                   cell_->states[s], fmt::join(expected, ", "), shape(initial[s])));
    }
  }
}

namespace {

Error cannot_fuse() {
  return Error(
      "engine: fused runs f32 on a CPU, or on a GPU where recur is built with CUDA; auto runs all else by the "
      "reference");
}

}  // namespace

engine::LayerResult RecurrentImpl::run_layer(int64_t layer, const engine::PackedSequences& x,
                                             const std::vector<torch::Tensor>& initial, bool reverse) {
  const auto parameters = layer_parameters(layer, reverse);
  const bool can = options_.engine != "reference" && engine::can_fuse(*cell_, parameters, x, initial);
  if (!can && options_.engine == "fused") throw cannot_fuse();
  auto result = can ? engine::run_fused(*cell_, parameters, x, initial, reverse, options_.recompute,
                                        caches_[layer * directions() + reverse])
                    : cell_->run(parameters, x, initial, reverse);
  if (auto* probe = RecurrentProbe::active()) probe->see(*cell_, parameters, x, initial, result.state, reverse);
  return result;
}

RecurrentOutput RecurrentImpl::forward(const torch::Tensor& x, const std::optional<torch::Tensor>& lengths,
                                       const std::vector<torch::Tensor>& initial) {
  check_input(x, initial);
  const auto time_major = layout_ == Layout::kBatchFirst ? x.transpose(0, 1) : x;
  const int64_t T = time_major.size(0), B = time_major.size(1), H = options_.hidden_size;
  const auto packing = plan_packing(T, B, lengths, x.device());
  const size_t states = cell_->states.size();

  // Every state [L*S, B, H], longest sequence first.
  std::vector<torch::Tensor> start;
  if (initial.empty()) {
    start = at::zeros({static_cast<int64_t>(states), options_.num_layers * directions(), B, H}, x.options()).unbind(0);
  }
  for (const auto& state : initial) start.push_back(packing.sort(state));

  auto layer_input = packing.pack(time_major);
  std::vector<std::vector<torch::Tensor>> last(states);  // of each layer and direction
  for (int64_t layer = 0; layer < options_.num_layers; ++layer) {
    std::vector<torch::Tensor> outputs;
    for (int64_t direction = 0; direction < directions(); ++direction) {
      std::vector<torch::Tensor> from;
      for (const auto& state : start) from.push_back(state[layer * directions() + direction]);
      const bool reverse = direction == 1;
      auto result = run_layer(layer, layer_input, from, reverse);
      outputs.push_back(std::move(result.output));
      for (size_t s = 0; s < states; ++s) last[s].push_back(result.state[s]);
    }
    layer_input.data = outputs.size() == 1 ? outputs.front() : at::cat(outputs, 1);
    if (options_.dropout > 0 && layer + 1 < options_.num_layers) {
      layer_input.data = options_.variational_dropout
                             ? variational_dropout(layer_input, options_.dropout, is_training())
                             : elementwise_dropout(layer_input.data, options_.dropout, is_training());
    }
  }

  RecurrentOutput result{.output = packing.unpack(layer_input.data), .state = {}};
  if (layout_ == Layout::kBatchFirst) result.output = result.output.transpose(0, 1);
  for (const auto& state : last) {
    result.state.push_back(packing.unsort(state.size() == 1 ? state.front().unsqueeze(0) : at::stack(state)));
  }
  return result;
}

RecurrentSteps RecurrentImpl::steps() {
  if (directions() != 1) throw ShapeError("Recurrent: a step at a time goes in one direction only");
  RecurrentSteps steps;
  steps.cell_ = cell_;
  steps.dropout_ = is_training() ? options_.dropout : 0;
  steps.holds_mask_ = options_.variational_dropout;
  for (int64_t layer = 0; layer < options_.num_layers; ++layer) {
    RecurrentSteps::Layer one{.parameters = layer_parameters(layer, false), .fused = {}};
    const bool can = options_.engine != "reference" &&
                     engine::can_fuse(*cell_, one.parameters, {.data = one.parameters.weight_ih, .rows = {}}, {});
    if (can) one.fused.emplace(*cell_, one.parameters, caches_[layer]);
    if (!can && options_.engine == "fused") throw cannot_fuse();
    steps.layers_.push_back(std::move(one));
  }
  return steps;
}

std::vector<torch::Tensor> RecurrentSteps::step(const torch::Tensor& x, const std::vector<torch::Tensor>& state) {
  std::vector<std::vector<torch::Tensor>> next(state.size());
  auto input = x;
  for (size_t layer = 0; layer < layers_.size(); ++layer) {
    auto& [parameters, fused] = layers_[layer];
    std::vector<torch::Tensor> from;
    for (const auto& s : state) from.push_back(s[static_cast<int64_t>(layer)]);
    const engine::PackedSequences packed{.data = input, .rows = {input.size(0)}};
    auto made = fused && engine::can_fuse(*cell_, parameters, packed, from)
                    ? fused->step(input, from)
                    : cell_->run(parameters, packed, from, /*reverse=*/false).state;
    if (auto* probe = RecurrentProbe::active()) probe->see(*cell_, parameters, packed, from, made, /*reverse=*/false);
    input = made.front();
    for (size_t s = 0; s < state.size(); ++s) next[s].push_back(std::move(made[s]));
    if (dropout_ == 0 || layer + 1 == layers_.size()) continue;
    if (!holds_mask_) {
      input = elementwise_dropout(input, dropout_, /*training=*/true);
      continue;
    }
    if (masks_.size() <= layer) masks_.push_back(dropout_mask(input.sizes(), dropout_, input.options()));
    input = input * masks_[layer].narrow(0, 0, input.size(0));
  }
  std::vector<torch::Tensor> stacked;
  for (const auto& of_layers : next) stacked.push_back(at::stack(of_layers));
  return stacked;
}

}  // namespace recur
