#include "core/tensor_pickle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <unordered_map>
#include <utility>

#include <ATen/ops/as_strided.h>

#include <fmt/format.h>

#include "core/error.h"

namespace recur {
namespace {

using Container = PickleContainer;
using Kind = PickleContainer::Kind;
using Value = PickleValue;

constexpr std::array<std::pair<std::string_view, torch::ScalarType>, 12> kStorages = {{
    {"FloatStorage", torch::kFloat32},
    {"HalfStorage", torch::kFloat16},
    {"BFloat16Storage", torch::kBFloat16},
    {"DoubleStorage", torch::kFloat64},
    {"LongStorage", torch::kInt64},
    {"IntStorage", torch::kInt32},
    {"ShortStorage", torch::kInt16},
    {"CharStorage", torch::kInt8},
    {"ByteStorage", torch::kUInt8},
    {"BoolStorage", torch::kBool},
    {"ComplexFloatStorage", torch::kComplexFloat},
    {"ComplexDoubleStorage", torch::kComplexDouble},
}};

[[noreturn]] void fail_damaged() {
  throw CheckpointError("its pickle is damaged");
}

[[noreturn]] void refuse(const PickleGlobal& global) {
  throw CheckpointError(
      fmt::format("it holds a {}.{}, and only tensors and plain containers are read; in Python: "
                  "torch.save(model.state_dict(), path)",
                  global.module, global.name));
}

template <class T>
T& as(Value& value) {
  if (auto* found = std::get_if<T>(&value)) return *found;
  fail_damaged();
}

/// The machine that a pickle is a program for.
class Machine {
 public:
  using Storage = std::function<torch::Tensor(std::string_view, torch::ScalarType, int64_t)>;
  Machine(std::string_view bytes, const Storage& storage) : rest_(bytes), storage_(storage) {}

  TensorPickle run() {
    for (;;) {
      const auto code = static_cast<unsigned char>(take(1)[0]);
      if (code == '.') break;
      if (!push_plain(code) && !push_container(code) && !fill(code) && !remember(code) && !act(code)) fail_damaged();
    }
    return {.value = pop(), .containers = std::move(containers_)};
  }

 private:
  // The program's text.
  std::string_view take(uint64_t count) {
    if (count > rest_.size()) fail_damaged();
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  template <class T>
  T number() {  // little-endian
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string_view line() {
    const auto end = rest_.find('\n');
    if (end == std::string_view::npos) fail_damaged();
    const auto taken = take(end);
    take(1);
    return taken;
  }
  double big_endian_double() { return std::bit_cast<double>(__builtin_bswap64(number<uint64_t>())); }
  int64_t long_integer() {  // LONG1: two's complement of any length
    const auto bytes = take(number<uint8_t>());
    if (bytes.size() > sizeof(int64_t)) fail_damaged();
    uint64_t value = !bytes.empty() && bytes.back() < 0 ? ~uint64_t{0} : 0;
    std::memcpy(&value, bytes.data(), bytes.size());
    return static_cast<int64_t>(value);
  }

  // The stack.
  bool push(Value value) {
    stack_.push_back(std::move(value));
    return true;
  }
  Value pop() {
    if (stack_.empty()) fail_damaged();
    auto value = std::move(stack_.back());
    stack_.pop_back();
    return value;
  }
  Value& top() {
    if (stack_.empty()) fail_damaged();
    return stack_.back();
  }
  std::vector<Value> pop_last(size_t count) {
    if (count > stack_.size()) fail_damaged();
    const auto begin = stack_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<Value> values(std::make_move_iterator(begin), std::make_move_iterator(stack_.end()));
    stack_.erase(begin, stack_.end());
    return values;
  }
  std::vector<Value> pop_to_mark() {
    if (marks_.empty() || marks_.back() > stack_.size()) fail_damaged();
    const auto mark = marks_.back();
    marks_.pop_back();
    return pop_last(stack_.size() - mark);
  }
  bool push_new(Kind kind, std::vector<Value> items = {}) {
    return push(&containers_.emplace_back(Container{kind, std::move(items)}));
  }

  // The instructions.  Each function does those of one sort, and says whether `code` was one.
  bool push_plain(unsigned char code) {
    if (code == 'N') return push({});
    if (code == 0x88 || code == 0x89) return push(code == 0x88);
    if (code == 'K') return push(int64_t{number<uint8_t>()});
    if (code == 'M') return push(int64_t{number<uint16_t>()});
    if (code == 'J') return push(int64_t{number<int32_t>()});
    if (code == 0x8a) return push(long_integer());
    if (code == 'G') return push(big_endian_double());
    if (code == 'U' || code == 0x8c) return push(take(number<uint8_t>()));
    if (code == 'X') return push(take(number<uint32_t>()));
    return code == 0x8d && push(take(number<uint64_t>()));
  }

  bool push_container(unsigned char code) {
    if (code == '(') {
      marks_.push_back(stack_.size());
      return true;
    }
    if (code == ')') return push_new(Kind::kTuple);
    if (code == ']') return push_new(Kind::kList);
    if (code == '}') return push_new(Kind::kDict);
    if (code == 't') return push_new(Kind::kTuple, pop_to_mark());
    return 0x85 <= code && code <= 0x87 && push_new(Kind::kTuple, pop_last(code - 0x84U));
  }

  bool fill(unsigned char code) {
    const bool is_dict = code == 's' || code == 'u';
    if (!is_dict && code != 'a' && code != 'e') return false;
    auto values = code == 's' ? pop_last(2) : code == 'a' ? pop_last(1) : pop_to_mark();
    auto* container = as<Container*>(top());
    if (container->kind != (is_dict ? Kind::kDict : Kind::kList) || (is_dict && values.size() % 2)) fail_damaged();
    std::move(values.begin(), values.end(), std::back_inserter(container->items));
    return true;
  }

  bool remember(unsigned char code) {
    if (code == 'h') return push(recall(number<uint8_t>()));
    if (code == 'j') return push(recall(number<uint32_t>()));
    if (code != 'q' && code != 'r' && code != 0x94) return false;
    const auto next = static_cast<uint32_t>(memo_.size());
    const auto index = code == 'q' ? number<uint8_t>() : code == 'r' ? number<uint32_t>() : next;
    memo_[index] = top();
    return true;
  }
  const Value& recall(uint32_t index) const {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail_damaged();
    return found->second;
  }

  bool act(unsigned char code) {
    if (code == 0x80) return !take(1).empty();  // the protocol's number
    if (code == 0x95) return !take(8).empty();  // a frame's length
    if (code == 'Q') return push(to_storage(pop()));
    if (code == 'b') return forget_attributes();
    if (code == 'c') {
      const auto module = line();
      return push(PickleGlobal{module, line()});
    }
    if (code == 0x93) {
      const auto name = pop(), module = pop();
      return push(PickleGlobal{text(module), text(name)});
    }
    if (code != 'R' && code != 0x81) return false;  // a function's call, an object of a class
    auto arguments = pop();
    const auto function = pop();
    return push(call(function, arguments));
  }

  static std::string_view text(const Value& value) {
    const auto* found = std::get_if<std::string_view>(&value);
    return found ? *found : (fail_damaged(), std::string_view());
  }
  static std::vector<Value>& tuple(Value& value, size_t at_least) {
    auto* container = as<Container*>(value);
    if (container->kind != Kind::kTuple || container->items.size() < at_least) fail_damaged();
    return container->items;
  }
  static std::vector<int64_t> integers(Value& value) {
    std::vector<int64_t> made;
    for (auto& item : tuple(value, 0)) made.push_back(as<int64_t>(item));
    return made;
  }

  /// ("storage", torch.FloatStorage, key, device, count)
  torch::Tensor to_storage(Value id) {
    auto& parts = tuple(id, 5);
    const auto& type = as<PickleGlobal>(parts[1]);
    const auto* known = std::find_if(kStorages.begin(), kStorages.end(),
                                     [&](const auto& candidate) { return candidate.first == type.name; });
    if (known == kStorages.end() || type.module != "torch") refuse(type);
    const auto count = as<int64_t>(parts[4]);
    if (count < 0) fail_damaged();
    return storage_(text(parts[2]), known->second, count);
  }

  Value call(const Value& function, Value& arguments) {
    const auto* global = std::get_if<PickleGlobal>(&function);
    if (global == nullptr) fail_damaged();
    if (global->module == "torch._utils") {
      // (storage, offset, sizes, strides, requires_grad, hooks, ...)
      if (global->name == "_rebuild_tensor_v2" || global->name == "_rebuild_tensor") return view(arguments);
      // (data, requires_grad, hooks)
      if (global->name == "_rebuild_parameter") return as<torch::Tensor>(tuple(arguments, 1)[0]);
    }
    if (global->module == "torch" && global->name == "Size") return tuple(arguments, 1)[0];
    const bool is_ordered_dict = global->module == "collections" && global->name == "OrderedDict";
    if (!is_ordered_dict || !tuple(arguments, 0).empty()) refuse(*global);
    return &containers_.emplace_back(Container{Kind::kDict});
  }

  static torch::Tensor view(Value& arguments) {
    auto& parts = tuple(arguments, 4);
    const auto& storage = as<torch::Tensor>(parts[0]);
    const auto offset = as<int64_t>(parts[1]);
    const auto sizes = integers(parts[2]), strides = integers(parts[3]);
    if (sizes.size() != strides.size()) fail_damaged();
    int64_t last = offset, count = 1;  // the last element's place; how many there are
    bool wrong = offset < 0;
    for (size_t i = 0; i < sizes.size(); ++i) {
      int64_t reach = 0;
      wrong |= sizes[i] < 0 || strides[i] < 0;
      wrong |= __builtin_mul_overflow(count, sizes[i], &count);
      wrong |= __builtin_mul_overflow(std::max<int64_t>(sizes[i] - 1, 0), strides[i], &reach);
      wrong |= __builtin_add_overflow(last, reach, &last);
    }
    if (wrong || (count > 0 && last >= storage.numel()) || count > storage.numel()) {
      throw CheckpointError("a tensor is larger than its storage");
    }
    return count == 0 ? storage.slice(0, 0, 0).view(sizes) : storage.as_strided(sizes, strides, offset);
  }

  /// BUILD sets attributes of an object.  A state_dict has one, `_metadata`: the versions of its modules.
  bool forget_attributes() {
    pop();
    if (auto* global = std::get_if<PickleGlobal>(&top())) refuse(*global);
    if (as<Container*>(top())->kind != Kind::kDict) fail_damaged();
    return true;
  }

  std::string_view rest_;
  const Storage& storage_;
  std::vector<Value> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint32_t, Value> memo_;
  std::deque<Container> containers_;
};

}  // namespace

TensorPickle read_tensor_pickle(
    std::string_view bytes,
    const std::function<torch::Tensor(std::string_view key, torch::ScalarType type, int64_t count)>& storage) {
  return Machine(bytes, storage).run();
}

}  // namespace recur
