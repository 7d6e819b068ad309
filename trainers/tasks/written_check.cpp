#include "trainers/tasks/written_check.h"

#include <ATen/ops/tensor.h>

#include <fmt/format.h>

namespace recur {

std::vector<int64_t> WrittenCheck::compare(const c10::IValue& written, const std::vector<int64_t>& ours,
                                           double our_log_probability,
                                           const std::function<double(const std::vector<int64_t>&)>& log_probability) {
  const auto pair = written.toTuple();
  auto theirs = pair->elements()[0].toIntVector();
  const bool same = theirs == ours;
  ++compared_;
  others_ += !same;
  if (same || log_probability) {
    const double expected = same ? our_log_probability : log_probability(theirs);
    check_.compare(at::tensor(pair->elements()[1].toDouble(), torch::kFloat64), at::tensor(expected, torch::kFloat64));
  }
  return theirs;
}

void WrittenCheck::tell(const std::string& what, TorchScriptExport& exported) const {
  if (others_ == 0) return;
  exported.notes.push_back(
      fmt::format("{} of {} validation {} differ from the program's, where rounding decides between "
                  "two",
                  others_, compared_, what));
}

}  // namespace recur
