#include "models/onnx/proto.h"

#include <limits>
#include <type_traits>

#include <fmt/format.h>
#include <protozero/pbf_writer.hpp>

#include "core/error.h"

namespace recur::onnx {
namespace {

using Tag = protozero::pbf_tag_type;
using protozero::pbf_writer;

// Field numbers of onnx/onnx.proto.
namespace model_field {
constexpr Tag kIrVersion = 1, kProducerName = 2, kGraph = 7, kOpsetImport = 8, kMetadata = 14;
}
namespace opset_field {
constexpr Tag kVersion = 2;
}
namespace metadata_field {
constexpr Tag kKey = 1, kValue = 2;
}
namespace graph_field {
constexpr Tag kNode = 1, kName = 2, kInitializer = 5, kInput = 11, kOutput = 12;
}
namespace node_field {
constexpr Tag kInput = 1, kOutput = 2, kName = 3, kOpType = 4, kAttribute = 5;
}
namespace attribute_field {
constexpr Tag kName = 1, kFloat = 2, kInt = 3, kString = 4, kGraph = 6, kInts = 8, kStrings = 9, kType = 20;
constexpr int32_t kIsFloat = 1, kIsInt = 2, kIsString = 3, kIsGraph = 5, kIsInts = 7, kIsStrings = 8;
}  // namespace attribute_field
namespace tensor_field {
constexpr Tag kDims = 1, kDataType = 2, kName = 8, kRawData = 9;
}
namespace value_info_field {
constexpr Tag kName = 1, kType = 2;
}
namespace type_field {
constexpr Tag kTensor = 1, kElementType = 1, kShape = 2, kDim = 1, kDimValue = 1, kDimName = 2;
}

void write_attribute(pbf_writer& node, const std::string& name, const AttributeValue& value) {
  using namespace attribute_field;
  pbf_writer attribute{node, node_field::kAttribute};
  attribute.add_string(kName, name);
  const auto typed = [&](int32_t type) { attribute.add_enum(kType, type); };
  std::visit(
      [&](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, int64_t>) {
          attribute.add_int64(kInt, v);
          typed(kIsInt);
        } else if constexpr (std::is_same_v<T, double>) {
          attribute.add_float(kFloat, static_cast<float>(v));
          typed(kIsFloat);
        } else if constexpr (std::is_same_v<T, std::string>) {
          attribute.add_bytes(kString, v);
          typed(kIsString);
        } else if constexpr (std::is_same_v<T, const Graph*>) {
          attribute.add_message(kGraph, v->bytes("body"));
          typed(kIsGraph);
        } else if constexpr (std::is_same_v<T, std::vector<int64_t>>) {
          for (const int64_t item : v) attribute.add_int64(kInts, item);
          typed(kIsInts);
        } else {
          for (const auto& item : v) attribute.add_bytes(kStrings, item);
          typed(kIsStrings);
        }
      },
      value);
}

/// Messages within messages are made from the inside out: an empty one, as the shape of a number is, counts too.
std::string dim_bytes(const Dim& size) {
  std::string bytes;
  pbf_writer dim{bytes};
  if (const auto* number = std::get_if<int64_t>(&size)) dim.add_int64(type_field::kDimValue, *number);
  if (const auto* name = std::get_if<std::string>(&size); name && !name->empty()) {
    dim.add_string(type_field::kDimName, *name);
  }
  return bytes;
}

std::string type_bytes(const TensorSpec& spec) {
  std::string shape, tensor, type;
  for (const auto& size : spec.dims) pbf_writer{shape}.add_message(type_field::kDim, dim_bytes(size));
  pbf_writer{tensor}.add_enum(type_field::kElementType, data_type(spec.dtype));
  pbf_writer{tensor}.add_message(type_field::kShape, shape);
  pbf_writer{type}.add_message(type_field::kTensor, tensor);
  return type;
}

std::string value_info(const TensorSpec& spec) {
  std::string bytes;
  pbf_writer{bytes}.add_string(value_info_field::kName, spec.name);
  pbf_writer{bytes}.add_message(value_info_field::kType, type_bytes(spec));
  return bytes;
}

}  // namespace

int32_t data_type(torch::ScalarType dtype) {
  switch (dtype) {
    case torch::kFloat32:
      return 1;
    case torch::kUInt8:
      return 2;
    case torch::kInt8:
      return 3;
    case torch::kInt16:
      return 5;
    case torch::kInt32:
      return 6;
    case torch::kInt64:
      return 7;
    case torch::kBool:
      return 9;
    case torch::kFloat16:
      return 10;
    case torch::kFloat64:
      return 11;
    case torch::kBFloat16:
      return 16;
    default:
      throw Error(fmt::format("ONNX: has no place for tensors of dtype {}", c10::toString(dtype)));
  }
}

void Graph::add_node(const std::string& op, const std::vector<std::string>& inputs,
                     const std::vector<std::string>& outputs, const Attributes& attributes) {
  pbf_writer graph{fields_};
  pbf_writer node{graph, graph_field::kNode};
  for (const auto& name : inputs) node.add_string(node_field::kInput, name);
  for (const auto& name : outputs) node.add_string(node_field::kOutput, name);
  node.add_string(node_field::kName, outputs.front());
  node.add_string(node_field::kOpType, op);
  for (const auto& [name, value] : attributes) write_attribute(node, name, value);
}

void Graph::add_initializer(const std::string& name, const torch::Tensor& value) {
  const auto data = value.detach().to(torch::kCPU).contiguous();
  pbf_writer graph{fields_};
  pbf_writer tensor{graph, graph_field::kInitializer};
  for (const int64_t size : data.sizes()) tensor.add_int64(tensor_field::kDims, size);
  tensor.add_int32(tensor_field::kDataType, data_type(data.scalar_type()));
  tensor.add_string(tensor_field::kName, name);
  tensor.add_bytes(tensor_field::kRawData, static_cast<const char*>(data.const_data_ptr()), data.nbytes());
}

void Graph::add_input(const TensorSpec& spec) {
  pbf_writer{fields_}.add_message(graph_field::kInput, value_info(spec));
}

void Graph::add_output(const TensorSpec& spec) {
  pbf_writer{fields_}.add_message(graph_field::kOutput, value_info(spec));
}

std::string Graph::bytes(const std::string& name) const {
  std::string bytes = fields_;
  pbf_writer{bytes}.add_string(graph_field::kName, name);
  return bytes;
}

std::string model_bytes(const Graph& graph, const std::string& name,
                        const std::map<std::string, std::string>& metadata) {
  std::string bytes;
  pbf_writer model{bytes};
  model.add_int64(model_field::kIrVersion, kIrVersion);
  model.add_string(model_field::kProducerName, "recur");
  model.add_message(model_field::kGraph, graph.bytes(name));
  {
    pbf_writer opset{model, model_field::kOpsetImport};
    opset.add_int64(opset_field::kVersion, kOpset);
  }
  for (const auto& [key, text] : metadata) {
    pbf_writer entry{model, model_field::kMetadata};
    entry.add_string(metadata_field::kKey, key);
    entry.add_string(metadata_field::kValue, text);
  }
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    throw Error(fmt::format("ONNX: the network takes {:.1f} GB, and a file in this format holds 2 at most",
                            static_cast<double>(bytes.size()) / 1e9));
  }
  return bytes;
}

}  // namespace recur::onnx
