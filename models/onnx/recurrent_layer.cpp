#include "models/onnx/recurrent_layer.h"

#include <map>

#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include "models/onnx/list_operators.h"

namespace recur::onnx {
namespace {

struct Operator {
  const char* name;
  std::vector<int64_t> gates;  // where ONNX's first gate stands among torch's, its second, ...
  Attributes attributes = {};
};

/// By cell: LSTM's i, o, f, c of torch's i, f, g, o; GRU's z, r, h of torch's r, z, n.
const Operator* find_operator(const std::string& cell) {
  static const std::map<std::string, Operator> operators = {
      {"lstm", {"LSTM", {0, 3, 1, 2}}},
      // torch's candidate multiplies the reset gate after the product with h.
      {"gru", {"GRU", {1, 0, 2}, {{"linear_before_reset", int64_t{1}}}}},
      {"rnn", {"RNN", {0}, {{"activations", std::vector<std::string>{"Tanh"}}}}},
      {"rnn_relu", {"RNN", {0}, {{"activations", std::vector<std::string>{"Relu"}}}}},
  };
  const auto found = operators.find(cell);
  return found == operators.end() ? nullptr : &found->second;
}

torch::Tensor in_order(const torch::Tensor& packed, const std::vector<int64_t>& gates) {
  const auto parts = packed.chunk(static_cast<int64_t>(gates.size()), 0);
  std::vector<torch::Tensor> ordered;
  for (const int64_t gate : gates) ordered.push_back(parts[gate]);
  return at::cat(ordered, 0);
}

/// The arguments of `layer` by name.
struct LayerCall {
  std::map<std::string, Value> arguments;

  const Value& operator[](const char* name) const { return arguments.at(name); }
  bool has_bias() const { return arguments.contains("bias_ih"); }
};

LayerCall layer_call(const torch::jit::Module& module, const std::vector<Value>& arguments) {
  LayerCall call;
  const auto& schema = module.get_method("layer").function().getSchema();
  for (size_t i = 0; i < arguments.size(); ++i) call.arguments[schema.arguments()[i].name()] = arguments[i];
  return call;
}

/// x, W [1, G*H, D], R [1, G*H, H], B [1, 2*G*H], lengths, the initial states [1, B, H].
std::vector<std::string> inputs_of(Emitter& emitter, const LayerCall& call, const Operator& op) {
  const auto weight = [&](const char* name, const char* letter) {
    const auto ordered = in_order(call[name].tensor(), op.gates).unsqueeze(0);
    return emitter.constant(ordered, call[name].hint + "." + letter);
  };
  std::vector<std::string> inputs = {emitter.operand(call["x"]), weight("weight_ih", "W"), weight("weight_hh", "R")};
  if (call.has_bias()) {
    const auto both =
        at::cat({in_order(call["bias_ih"].tensor(), op.gates), in_order(call["bias_hh"].tensor(), op.gates)});
    inputs.push_back(emitter.constant(both.unsqueeze(0), call["bias_ih"].hint + ".B"));
  } else {
    inputs.emplace_back("");
  }
  const bool ragged = !call["lengths"].is_none();
  inputs.push_back(ragged ? emitter.operand(call["lengths"], torch::kInt32) : "");
  const auto front = emitter.constant(std::vector<int64_t>{0});
  for (const auto& state : items_of(call["state"])) {
    inputs.push_back(emitter.node("Unsqueeze", {emitter.operand(state), front}));
  }
  return inputs;
}

}  // namespace

std::optional<Value> recurrent_layer(Emitter& emitter, const torch::jit::Module& module, const std::string& method,
                                     const std::vector<Value>& arguments) {
  if (method != "layer" || !module.hasattr("cell_name")) return std::nullopt;
  const auto* op = find_operator(module.attr("cell_name").toStringRef());
  if (op == nullptr) return std::nullopt;

  const auto call = layer_call(module, arguments);
  const auto& x = call["x"];
  const auto states = items_of(call["state"]);
  const int64_t H = call["weight_hh"].tensor().size(1);
  auto attributes = op->attributes;
  attributes.emplace_back("hidden_size", H);
  attributes.emplace_back("direction", call["reverse"].known().toBool() ? "reverse" : "forward");
  const auto outputs = emitter.nodes(op->name, inputs_of(emitter, call, *op), 1 + states.size(), attributes);

  Value y{.name = emitter.node("Squeeze", {outputs[0], emitter.constant(std::vector<int64_t>{1})})};  // [T, 1, B, H]
  for (size_t example = 0; example < 2; ++example) {
    const auto& read = x.examples[example].toTensor();
    y.examples[example] = at::zeros({read.size(0), read.size(1), H}, read.options());
  }
  std::vector<Value> following;
  for (size_t s = 0; s < states.size(); ++s) {
    const auto last = emitter.node("Squeeze", {outputs[1 + s], emitter.constant(std::vector<int64_t>{0})});
    following.push_back({.examples = states[s].examples, .name = last});
  }
  return list_of({y, list_of(std::move(following), emitter)}, emitter);
}

}  // namespace recur::onnx
