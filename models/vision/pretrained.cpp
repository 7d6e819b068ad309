#include "models/vision/pretrained.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/names.h"
#include "core/weights_file.h"

namespace recur {
namespace {

using Tensors = std::map<std::string, torch::Tensor>;

constexpr size_t kNamesShown = 4;

/// Parameters and buffers; they share memory with the encoder.
Tensors state_of(const ImageEncoderImpl& encoder) {
  Tensors state;
  for (const auto& item : encoder.named_parameters()) state[item.key()] = item.value().detach();
  for (const auto& item : encoder.named_buffers()) state[item.key()] = item.value();
  return state;
}

/// Takes off "module.", "encoder.", ... as long as all names share one and none is a name of the encoder.
Tensors without_shared_prefix(Tensors file, const Tensors& state) {
  while (!file.empty()) {
    const auto& first = file.begin()->first;
    const auto prefix = first.substr(0, first.find('.') + 1);
    const bool is_shared = !prefix.empty() && std::all_of(file.begin(), file.end(), [&](const auto& item) {
      return item.first.starts_with(prefix) && !state.contains(item.first);
    });
    if (!is_shared) break;
    Tensors shorter;
    for (auto& [name, tensor] : file) shorter[name.substr(prefix.size())] = tensor;
    file = std::move(shorter);
  }
  return file;
}

/// Removes the classifier, and returns its names.
std::vector<std::string> take_out_classifier(Tensors& file) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : file) {
    if (name.starts_with("fc.")) names.push_back(name);
  }
  for (const auto& name : names) file.erase(name);
  return names;
}

std::vector<std::string> names_only_in(const Tensors& one, const Tensors& other) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : one) {
    if (!other.contains(name)) names.push_back(name);
  }
  return names;
}

/// "a, b, c, d and 5 more", each with the near name among `others`.
std::string list(const std::vector<std::string>& names, const std::vector<std::string>& others) {
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kNamesShown); ++i) {
    const auto near = nearest_name(names[i], others);
    text += fmt::format("{}{}{}", i == 0 ? "" : ", ", names[i], near.empty() ? "" : fmt::format(" (near: {})", near));
  }
  if (names.size() > kNamesShown) text += fmt::format(" and {} more", names.size() - kNamesShown);
  return text;
}

std::string describe(const torch::Tensor& tensor) {
  return fmt::format("{}[{}]", c10::toString(tensor.scalar_type()), fmt::join(tensor.sizes(), ", "));
}

bool fits(const torch::Tensor& theirs, const torch::Tensor& ours) {
  return theirs.sizes() == ours.sizes() && theirs.is_floating_point() == ours.is_floating_point() &&
         !theirs.is_complex();
}

/// One line per sort of mistake, or "".
std::string mismatch(const Tensors& file, const Tensors& state) {
  auto missing = names_only_in(state, file);
  std::erase_if(missing, [](const std::string& name) { return name.ends_with("num_batches_tracked"); });
  const auto unknown = names_only_in(file, state);
  std::vector<std::string> others;
  for (const auto& [name, tensor] : file) {
    const auto ours = state.find(name);
    if (ours == state.end() || fits(tensor, ours->second)) continue;
    others.push_back(fmt::format("{} is {}, expected {}", name, describe(tensor), describe(ours->second)));
  }
  std::string text;
  if (!missing.empty()) text += "\n  missing: " + list(missing, unknown);
  if (!unknown.empty()) text += "\n  unknown: " + list(unknown, missing);
  if (!others.empty()) text += "\n  of another shape or type: " + list(others, {});
  return text;
}

}  // namespace

std::string load_pretrained(ImageEncoderImpl& encoder, const std::filesystem::path& path) {
  const auto state = state_of(encoder);
  auto file = without_shared_prefix(read_weights(path), state);
  const auto left_out = take_out_classifier(file);
  if (const auto wrong = mismatch(file, state); !wrong.empty()) {
    throw CheckpointError(
        fmt::format("{}: does not hold the weights of network {}{}", path.string(), encoder.options().network, wrong));
  }
  torch::NoGradGuard no_grad;
  for (const auto& [name, tensor] : file) state.at(name).copy_(tensor);
  return fmt::format("{}: {} tensors for {}{}{}", path.string(), file.size(), encoder.options().network,
                     left_out.empty() ? "" : ", without ", fmt::join(left_out, ", "));
}

}  // namespace recur
