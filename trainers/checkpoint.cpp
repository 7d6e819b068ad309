#include "trainers/checkpoint.h"

#include <concepts>
#include <type_traits>

#include <ATen/core/Dict.h>

#include <fmt/ranges.h>

#include "core/error.h"
#include "core/files.h"
#include "trainers/archive.h"

namespace recur {
namespace {

using c10::IValue;
using Dict = c10::impl::GenericDict;

constexpr const char* kFormat = "recur checkpoint";
constexpr int64_t kVersion = 1;

template <class T, class State>
concept MaybeConst = std::same_as<std::remove_const_t<T>, State>;
template <class T>
concept HasFields = std::same_as<T, TrainingState> || std::same_as<T, Checkpoint>;

// What is in a file, once for writing and for reading: `visit` is called with each key and member.
template <MaybeConst<TrainingState> State, class Visit>
void visit_fields(State& state, Visit visit) {
  visit("batch", state.batch);
  visit("loss_sum", state.loss_sum);
  visit("examples", state.examples);
  visit("evaluated_step", state.evaluated_step);
  visit("seconds", state.seconds);
  visit("best_value", state.best.value);
  visit("best_step", state.best.step);
  visit("evaluations_without_improvement", state.best.evaluations_without_improvement);
  visit("plateau_factor", state.plateau.factor);
  visit("plateau_best", state.plateau.best);
  visit("plateau_bad_evaluations", state.plateau.bad_evaluations);
  visit("optimizer", state.optimizer);
  visit("average", state.average);
  visit("generators", state.generators);
  visit("task", state.task);
}

template <MaybeConst<Checkpoint> State, class Visit>
void visit_fields(State& checkpoint, Visit visit) {
  visit("config", checkpoint.config_yaml);
  visit("pipeline", checkpoint.pipeline_json);
  visit("step", checkpoint.step);
  visit("epoch", checkpoint.epoch);
  visit("metrics", checkpoint.metrics);
  visit("model", checkpoint.model);
  visit("training", checkpoint.training);
}

// Writing.

IValue to_ivalue(int64_t value) {
  return value;
}
IValue to_ivalue(double value) {
  return value;
}
IValue to_ivalue(const std::string& value) {
  return value;
}

/// On the CPU, and alone in its storage: of a view, torch would store the whole that it views.
IValue to_ivalue(const torch::Tensor& tensor) {
  const auto stored = tensor.detach().cpu().contiguous();
  return stored.storage().nbytes() == stored.nbytes() ? stored : stored.clone();
}

template <class Value>
IValue to_ivalue(const std::map<std::string, Value>& map) {
  Dict dict(c10::StringType::get(), c10::AnyType::get());
  for (const auto& [name, value] : map) dict.insert(name, to_ivalue(value));
  return dict;
}

template <HasFields State>
IValue to_ivalue(const State& state);

template <class Value>
IValue to_ivalue(const std::optional<Value>& value) {
  return value ? to_ivalue(*value) : IValue();
}

template <HasFields State>
IValue to_ivalue(const State& state) {
  Dict dict(c10::StringType::get(), c10::AnyType::get());
  if constexpr (std::same_as<State, Checkpoint>) {
    dict.insert("format", kFormat);
    dict.insert("version", kVersion);
  }
  visit_fields(state, [&](const char* key, const auto& value) { dict.insert(key, to_ivalue(value)); });
  return dict;
}

// Reading.

void read(const IValue& value, int64_t& out) {
  out = value.toInt();
}
void read(const IValue& value, double& out) {
  out = value.toDouble();
}
void read(const IValue& value, std::string& out) {
  out = value.toStringRef();
}
void read(const IValue& value, torch::Tensor& out) {
  out = value.toTensor();
}

template <class Value>
void read(const IValue& value, std::map<std::string, Value>& out) {
  for (const auto& item : value.toGenericDict()) read(item.value(), out[item.key().toStringRef()]);
}

template <HasFields State>
void read(const IValue& value, State& state);

template <class Value>
void read(const IValue& value, std::optional<Value>& out) {
  if (!value.isNone()) read(value, out.emplace());
}

template <HasFields State>
void read(const IValue& value, State& state) {
  const auto dict = value.toGenericDict();
  visit_fields(state, [&](const char* key, auto& member) {
    const auto item = dict.find(key);
    if (item == dict.end()) throw CheckpointError(fmt::format("no entry '{}'", key));
    try {
      read(item->value(), member);
    } catch (const c10::Error&) {
      throw CheckpointError(fmt::format("entry '{}' is of another type than expected", key));
    }
  });
}

/// The entry `key`, or None.
IValue find(const IValue& value, const char* key) {
  if (!value.isGenericDict()) return {};
  const auto dict = value.toGenericDict();
  const auto item = dict.find(key);
  return item == dict.end() ? IValue() : item->value();
}

Checkpoint to_checkpoint(const IValue& value) {
  const auto format = find(value, "format"), version = find(value, "version");
  if (!format.isString() || format.toStringRef() != kFormat || !version.isInt()) {
    throw CheckpointError("a file of torch's, but not a recur checkpoint");
  }
  if (version.toInt() != kVersion) {
    throw CheckpointError(fmt::format("format version {}, but this recur reads version {}", version.toInt(), kVersion));
  }
  Checkpoint checkpoint;
  read(value, checkpoint);
  if (checkpoint.model.empty()) throw CheckpointError("a recur checkpoint without weights");
  return checkpoint;
}

std::string describe(const torch::Tensor& tensor) {
  return fmt::format("{}[{}]", c10::toString(tensor.scalar_type()), fmt::join(tensor.sizes(), ", "));
}

/// One line per name that is only on one side, or of another shape or dtype.
std::string state_difference(const TensorMap& model, const TensorMap& file) {
  std::string difference;
  for (const auto& [name, tensor] : model) {
    const auto saved = file.find(name);
    if (saved == file.end()) {
      difference += fmt::format("\n  {}: only in the model, {}", name, describe(tensor));
    } else if (describe(saved->second) != describe(tensor)) {
      difference +=
          fmt::format("\n  {}: {} in the file, {} in the model", name, describe(saved->second), describe(tensor));
    }
  }
  for (const auto& [name, tensor] : file) {
    if (!model.contains(name)) difference += fmt::format("\n  {}: only in the file, {}", name, describe(tensor));
  }
  return difference;
}

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  write_file_atomically(path, pack_archive(to_ivalue(checkpoint)));
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  try {
    return to_checkpoint(unpack_archive(read_file(path)));
  } catch (const DataError& error) {  // names the path already
    throw CheckpointError(error.what());
  } catch (const CheckpointError& error) {
    throw CheckpointError(fmt::format("{}: {}", path.string(), error.what()));
  }
}

TensorMap model_state(const torch::nn::Module& model) {
  TensorMap state;
  for (const auto& item : model.named_parameters()) state[item.key()] = item.value();
  for (const auto& item : model.named_buffers()) {
    if (item.value().defined()) state[item.key()] = item.value();
  }
  return state;
}

void load_model_state(torch::nn::Module& model, const TensorMap& state, const std::string& source) {
  if (state.empty()) return;  // a pipeline alone: the weights come later (import_weights.h)
  const auto target = model_state(model);
  const auto difference = state_difference(target, state);
  if (!difference.empty()) {
    throw CheckpointError(fmt::format("{}: its weights do not fit the model:{}", source, difference));
  }
  const torch::NoGradGuard no_grad;
  for (const auto& [name, tensor] : target) {
    torch::Tensor destination = tensor;
    destination.copy_(state.at(name));
  }
}

}  // namespace recur
