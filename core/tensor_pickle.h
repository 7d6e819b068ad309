// Python's pickles of tensors, read without Python.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>
#include <variant>
#include <vector>

#include <torch/types.h>

namespace recur {

struct PickleContainer;

/// A function or class that a pickle names.  It is never looked up, let alone called.
struct PickleGlobal {
  std::string_view module, name;
};

/// None, a number, text, a name, a tensor (also for a storage: one dimension), or a container.
using PickleValue = std::variant<std::monostate, bool, int64_t, double, std::string_view, PickleGlobal, torch::Tensor,
                                 PickleContainer*>;

struct PickleContainer {
  enum class Kind { kTuple, kList, kDict };
  Kind kind;
  std::vector<PickleValue> items = {};  ///< of a dict: key, value, key, value, ...
};

/// A pickle's value and what it refers to.  Containers lie side by side, so that one that contains itself, or a million
/// inside each other, ends like any other.
struct TensorPickle {
  PickleValue value;
  std::deque<PickleContainer> containers;
};

/// Reads protocols 2 to 5 as far as tensors, parameters, OrderedDicts and plain data need them.
/// @param bytes    what text in the result refers to
/// @param storage  the storage with that key, as `count` elements of `type`
/// @throws CheckpointError naming the class or function that is none of these, or saying that the pickle is damaged.
TensorPickle read_tensor_pickle(
    std::string_view bytes,
    const std::function<torch::Tensor(std::string_view key, torch::ScalarType type, int64_t count)>& storage);

}  // namespace recur
