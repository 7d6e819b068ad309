#include "trainers/optimizer.h"

#include <algorithm>
#include <concepts>
#include <functional>
#include <set>
#include <tuple>
#include <utility>

#include <ATen/ops/zeros_like.h>
#include <torch/optim/adagrad.h>
#include <torch/optim/rmsprop.h>
#include <torch/optim/sgd.h>

#include "core/error.h"
#include "trainers/fused_adam.h"

namespace recur {
namespace {

namespace optim = torch::optim;
using ParamState = optim::OptimizerParamState;

// What each optimizer keeps per parameter, named as in Python.  `visit` is called with the name, the value (an int64_t
// or a Tensor), and whether the value may be absent; it serves reading and writing alike.
template <class Visit>
void for_each_entry(optim::SGDParamState& state, Visit visit) {
  visit("momentum_buffer", state.momentum_buffer());
}
template <class State, class Visit>
requires std::same_as<State, optim::AdamParamState> || std::same_as<State, optim::AdamWParamState>
void for_each_entry(State& state, Visit visit) {
  visit("step", state.step());
  visit("exp_avg", state.exp_avg());
  visit("exp_avg_sq", state.exp_avg_sq());
}
template <class Visit>
void for_each_entry(optim::RMSpropParamState& state, Visit visit) {
  visit("step", state.step());
  visit("square_avg", state.square_avg());
  visit("momentum_buffer", state.momentum_buffer(), /*optional=*/true);
}
template <class Visit>
void for_each_entry(optim::AdagradParamState& state, Visit visit) {
  visit("step", state.step());
  visit("sum", state.sum());
}

struct Reader {
  TensorMap& entries;

  void operator()(const char* name, int64_t count, bool = false) const {
    entries[name] = torch::scalar_tensor(count, torch::kLong);
  }
  void operator()(const char* name, const torch::Tensor& tensor, bool = false) const {
    if (tensor.defined()) entries[name] = tensor;
  }
};

struct Writer {
  TensorMap entries;  // those not yet written
  const torch::Tensor& parameter;

  torch::Tensor take(const char* name) {
    auto node = entries.extract(name);
    return node ? node.mapped() : torch::Tensor();
  }
  void operator()(const char* name, int64_t& count, bool = false) {
    const auto tensor = take(name);
    if (!tensor.defined() || tensor.numel() != 1) throw CheckpointError(fmt::format("'{}' is missing", name));
    count = tensor.item<int64_t>();
  }
  void operator()(const char* name, torch::Tensor& value, bool optional = false) {
    const auto tensor = take(name);
    if (!tensor.defined() && !optional) throw CheckpointError(fmt::format("'{}' is missing", name));
    if (tensor.defined() && tensor.sizes() != parameter.sizes()) {
      throw CheckpointError(fmt::format("'{}' has another shape than the parameter", name));
    }
    value = torch::zeros_like(parameter, torch::MemoryFormat::Preserve).detach();
    if (tensor.defined()) value.copy_(tensor);
  }
};

template <class State>
TensorMap read_entries(ParamState& state) {
  TensorMap entries;
  for_each_entry(static_cast<State&>(state), Reader{entries});
  return entries;
}

template <class State>
std::unique_ptr<ParamState> make_state(const TensorMap& entries, const torch::Tensor& parameter) {
  auto state = std::make_unique<State>();
  Writer writer{entries, parameter};
  for_each_entry(*state, std::ref(writer));
  if (!writer.entries.empty()) {
    throw CheckpointError(fmt::format("'{}' belongs to another optimizer", writer.entries.begin()->first));
  }
  return state;
}

bool has_no_decay(const torch::Tensor& parameter) {
  return parameter.dim() <= 1;
}

// The parameters in two groups: those with weight decay, and those without.  The second group's decay is set after
// the construction: a group option that equals its type's default counts as "not given" there and would be replaced by
// the optimizer's.
template <class Rule, class RuleOptions>
std::unique_ptr<optim::Optimizer> make_rule(const std::vector<Optimizer::Parameter>& parameters, RuleOptions options,
                                            bool decay_biases) {
  std::vector<torch::Tensor> decayed, plain;
  for (const auto& parameter : parameters) {
    (has_no_decay(parameter.value) && !decay_biases ? plain : decayed).push_back(parameter.value);
  }
  std::vector<optim::OptimizerParamGroup> groups{optim::OptimizerParamGroup(decayed),
                                                 optim::OptimizerParamGroup(plain)};
  auto rule = std::make_unique<Rule>(groups, options);
  static_cast<RuleOptions&>(rule->param_groups()[1].options()).weight_decay(0.0);
  return rule;
}

/// Every parameter to be trained, once.
std::vector<Optimizer::Parameter> trained_parameters(const torch::nn::Module& model) {
  std::vector<Optimizer::Parameter> parameters;
  std::set<const void*> seen;
  for (const auto& item : model.named_parameters()) {
    const auto& tensor = item.value();
    if (tensor.requires_grad() && seen.insert(tensor.unsafeGetTensorImpl()).second) {
      parameters.push_back({item.key(), tensor});
    }
  }
  return parameters;
}

}  // namespace

namespace detail {
struct StateAccess {
  TensorMap (*read)(ParamState&);
  std::unique_ptr<ParamState> (*make)(const TensorMap&, const torch::Tensor& parameter);
};
}  // namespace detail

namespace {

template <class State>
constexpr detail::StateAccess kAccess{&read_entries<State>, &make_state<State>};

struct Rule {
  std::unique_ptr<optim::Optimizer> optimizer;
  const detail::StateAccess* access;
};

Rule build_rule(const OptimizerOptions& o, const std::vector<Optimizer::Parameter>& parameters) {
  const auto decay = o.weight_decay;
  const auto betas = std::tuple(o.beta1, o.beta2);
  if (o.name == "sgd") {
    auto options = optim::SGDOptions(o.learning_rate).momentum(o.momentum).nesterov(o.nesterov).weight_decay(decay);
    return {make_rule<optim::SGD>(parameters, options, o.decay_biases), &kAccess<optim::SGDParamState>};
  }
  if (o.name == "adam") {
    auto options = optim::AdamOptions(o.learning_rate).betas(betas).eps(o.eps).weight_decay(decay);
    return {make_rule<FusedAdamL2>(parameters, options, o.decay_biases), &kAccess<optim::AdamParamState>};
  }
  if (o.name == "adamw") {
    auto options = optim::AdamWOptions(o.learning_rate).betas(betas).eps(o.eps).weight_decay(decay);
    return {make_rule<FusedAdamW>(parameters, options, o.decay_biases), &kAccess<optim::AdamWParamState>};
  }
  if (o.name == "rmsprop") {
    auto options = optim::RMSpropOptions(o.learning_rate).alpha(o.alpha).eps(o.eps).momentum(o.momentum);
    options.weight_decay(decay);
    return {make_rule<optim::RMSprop>(parameters, options, o.decay_biases), &kAccess<optim::RMSpropParamState>};
  }
  if (o.name == "adagrad") {
    auto options = optim::AdagradOptions(o.learning_rate).eps(o.eps).weight_decay(decay);
    return {make_rule<optim::Adagrad>(parameters, options, o.decay_biases), &kAccess<optim::AdagradParamState>};
  }
  throw ConfigError(fmt::format("optimizer '{}' is unknown; there are sgd, adam, adamw, rmsprop, adagrad", o.name));
}

}  // namespace

Optimizer::Optimizer(const OptimizerOptions& options, const torch::nn::Module& model)
    : parameters_(trained_parameters(model)) {
  if (parameters_.empty()) throw Error("optimizer: the model has no parameter that requires a gradient");
  try {
    auto rule = build_rule(options, parameters_);
    optimizer_ = std::move(rule.optimizer);
    access_ = rule.access;
  } catch (const c10::Error& error) {  // a range that torch::optim itself checks
    throw ConfigError(fmt::format("optimizer {}: {}", options.name, error.msg()));
  }
}

void Optimizer::set_learning_rate(double learning_rate) {
  for (auto& group : optimizer_->param_groups()) group.options().set_lr(learning_rate);
}

OptimizerState Optimizer::state() const {
  OptimizerState state;
  for (const auto& parameter : parameters_) {
    const auto entry = optimizer_->state().find(parameter.value.unsafeGetTensorImpl());
    if (entry != optimizer_->state().end()) state[parameter.name] = access_->read(*entry->second);
  }
  return state;
}

void Optimizer::load_state(const OptimizerState& state) {
  size_t known = 0;
  for (const auto& [name, value] : parameters_) {
    const auto entries = state.find(name);
    if (entries == state.end()) continue;
    ++known;
    try {
      optimizer_->state()[value.unsafeGetTensorImpl()] = access_->make(entries->second, value);
    } catch (const CheckpointError& error) {
      throw CheckpointError(fmt::format("optimizer state of parameter '{}': {}", name, error.what()));
    }
  }
  if (known == state.size()) return;
  for (const auto& item : state) {
    const auto same_name = [&](const Parameter& parameter) { return parameter.name == item.first; };
    if (std::ranges::none_of(parameters_, same_name)) {
      throw CheckpointError(fmt::format("optimizer state of parameter '{}': the model has none so named", item.first));
    }
  }
}

}  // namespace recur
