#include "datasets/class_names.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "core/error.h"

namespace recur {
namespace {

std::optional<double> number_in(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

}  // namespace

std::vector<std::string> class_names(std::vector<std::string> labels, const std::string& source) {
  std::ranges::sort(labels);
  const auto doubled = std::ranges::unique(labels);
  labels.erase(doubled.begin(), doubled.end());
  if (std::ranges::all_of(labels, [](const auto& label) { return number_in(label).has_value(); })) {
    std::ranges::stable_sort(labels, {}, [](const auto& label) { return *number_in(label); });
  }
  if (labels.empty()) throw DataError({source}, "no example with a label");
  if (labels.size() == 1) {
    throw DataError({source},
                    fmt::format("every example has the label \"{}\", expected two classes or more", labels[0]));
  }
  return labels;
}

}  // namespace recur
