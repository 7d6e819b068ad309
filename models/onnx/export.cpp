#include "models/onnx/export.h"

#include <array>

#include <ATen/ops/zeros.h>

#include <fmt/format.h>

#include "core/error.h"
#include "models/onnx/converter.h"

namespace recur::onnx {
namespace {

using Sizes = std::array<int64_t, 2>;  // for the first example and the second

/// Sizes for dims by name.  They differ by enough that what is computed from them differs too, e.g. after strides.
class ExampleSizes {
 public:
  Sizes of(const Dim& dim) {
    if (const auto* fixed = std::get_if<int64_t>(&dim)) return {*fixed, *fixed};
    const auto& name = std::get<std::string>(dim);
    const auto [entry, is_new] = named_.try_emplace(name, Sizes{next_, 4 * next_ + 5});
    if (is_new) next_ += 7;
    return entry->second;
  }

  /// The dim that has these sizes; a new name if none has.
  Dim dim(int64_t first, int64_t second, const std::string& otherwise) const {
    if (first == second) return first;
    for (const auto& [name, sizes] : named_) {
      if (sizes == Sizes{first, second}) return name;
    }
    return otherwise;
  }

 private:
  std::map<std::string, Sizes> named_;
  int64_t next_ = 16;
};

Value input_value(Emitter& emitter, const TensorSpec& spec, ExampleSizes& sizes) {
  std::array<std::vector<int64_t>, 2> shapes;
  for (const auto& dim : spec.dims) {
    const auto both = sizes.of(dim);
    for (size_t example = 0; example < 2; ++example) shapes[example].push_back(both[example]);
  }
  emitter.top().add_input(spec);
  return {.examples = {at::zeros(shapes[0], spec.dtype), at::zeros(shapes[1], spec.dtype)},
          .name = emitter.new_name(spec.name)};
}

Value argument_value(Emitter& emitter, const Argument& argument, ExampleSizes& sizes) {
  std::vector<Value> values;
  for (const auto& spec : argument.tensors) values.push_back(input_value(emitter, spec, sizes));
  if (!argument.is_list) return values.at(0);
  return {.items = std::make_shared<Items>(Items{.values = std::move(values)})};
}

void collect_tensors(const Value& value, std::vector<Value>& tensors) {
  if (!value.items) return tensors.push_back(value);
  for (const auto& item : value.items->values) collect_tensors(item, tensors);
}

void add_output(Emitter& emitter, const std::string& name, const Value& value, const ExampleSizes& sizes) {
  TensorSpec spec{.name = name, .dtype = value.tensor().scalar_type()};
  for (int64_t dim = 0; dim < value.dims(); ++dim) {
    spec.dims.push_back(sizes.dim(value.examples[0].toTensor().size(dim), value.examples[1].toTensor().size(dim),
                                  fmt::format("{}_{}", name, dim)));
  }
  emitter.top().add_node("Identity", {emitter.operand(value)}, {name});
  emitter.top().add_output(spec);
}

}  // namespace

std::string model(const torch::jit::Module& module, const Signature& signature,
                  const std::map<std::string, std::string>& metadata) {
  torch::NoGradGuard no_grad;
  Converter converter(module);
  auto& emitter = converter.emitter();
  for (const auto& name : signature.outputs) emitter.new_name(name);  // theirs
  ExampleSizes sizes;
  std::vector<Value> arguments;
  for (const auto& argument : signature.arguments) arguments.push_back(argument_value(emitter, argument, sizes));

  std::vector<Value> outputs;
  collect_tensors(converter.call(module, "forward", std::move(arguments)), outputs);
  if (outputs.size() != signature.outputs.size()) {
    throw Error(
        fmt::format("ONNX: forward gives {} tensors, and {} are named", outputs.size(), signature.outputs.size()));
  }
  for (size_t i = 0; i < outputs.size(); ++i) add_output(emitter, signature.outputs[i], outputs[i], sizes);
  const auto class_name = module.type()->name();
  return model_bytes(emitter.top(), class_name ? class_name->name() : "network", metadata);
}

}  // namespace recur::onnx
