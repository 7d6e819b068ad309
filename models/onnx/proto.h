// The parts of ONNX's protocol buffers (onnx/onnx.proto) that an exported network is made of, written by protozero.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <torch/types.h>

namespace recur::onnx {

inline constexpr int64_t kOpset = 18;     ///< of the domain ai.onnx: onnxruntime 1.14 (2023) and later
inline constexpr int64_t kIrVersion = 8;  ///< the first that has this opset

/// A size that is fixed, or the name of one that is chosen when the network is run; "": any.
using Dim = std::variant<int64_t, std::string>;

/// A tensor that goes in or comes out.
struct TensorSpec {
  std::string name;
  torch::ScalarType dtype = torch::kFloat32;
  std::vector<Dim> dims = {};
};

class Graph;
using AttributeValue =
    std::variant<int64_t, double, std::string, std::vector<int64_t>, std::vector<std::string>, const Graph*>;
using Attributes = std::vector<std::pair<std::string, AttributeValue>>;

/// ONNX's number of a dtype.  @throws Error for one that it does not have.
int32_t data_type(torch::ScalarType dtype);

/// A GraphProto in the making: what is added is encoded at once, in order.
class Graph {
 public:
  void add_node(const std::string& op, const std::vector<std::string>& inputs, const std::vector<std::string>& outputs,
                const Attributes& attributes = {});
  /// A constant, e.g. a weight, in the bytes of its dtype.
  void add_initializer(const std::string& name, const torch::Tensor& value);
  void add_input(const TensorSpec& spec);
  void add_output(const TensorSpec& spec);

  /// The GraphProto.
  std::string bytes(const std::string& name) const;

 private:
  std::string fields_;
};

/// A ModelProto; `metadata` is free text by name, e.g. {"config.yaml", ...}.
/// @throws Error above 2 GB, which no protocol buffer can hold.
std::string model_bytes(const Graph& graph, const std::string& name,
                        const std::map<std::string, std::string>& metadata);

}  // namespace recur::onnx
