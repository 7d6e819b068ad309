#include "models/sequence/recurrent_probe.h"

#include <algorithm>

#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

namespace recur {
namespace {

using Tensors = std::vector<torch::Tensor>;

thread_local RecurrentProbe* active_probe = nullptr;

/// The packed rows of the sequence that stands first at every step.
torch::Tensor first_sequence(const engine::PackedSequences& x) {
  std::vector<int64_t> positions;
  int64_t position = 0;
  for (const int64_t rows : x.rows) {
    positions.push_back(position);
    position += rows;
  }
  return x.data.detach().index_select(0, at::tensor(positions, at::kLong).to(x.data.device()));
}

Tensors first_row(const Tensors& states) {
  Tensors row;
  for (const auto& state : states) row.push_back(state.detach()[0].clone());
  return row;
}

}  // namespace

std::string weight_name(const torch::nn::Module& model, const LayerReading& reading) {
  for (const auto& parameter : model.named_parameters()) {
    if (parameter.value().is_same(reading.parameters.weight_ih)) return parameter.key();
  }
  return "";
}

RecurrentProbe::RecurrentProbe() : before_(active_probe) {
  active_probe = this;
}

RecurrentProbe::~RecurrentProbe() {
  active_probe = before_;
}

RecurrentProbe::OnThisThread::OnThisThread(RecurrentProbe* probe) : before_(active_probe) {
  active_probe = probe;
}

RecurrentProbe::OnThisThread::~OnThisThread() {
  active_probe = before_;
}

RecurrentProbe* RecurrentProbe::active() {
  return active_probe;
}

void RecurrentProbe::see(const engine::CellType& cell, const engine::LayerParameters& parameters,
                         const engine::PackedSequences& x, const Tensors& initial, const Tensors& last, bool reverse) {
  const auto from = first_row(initial);
  const auto known = std::ranges::find_if(
      seen_, [&](const Seen& seen) { return seen.reading.parameters.weight_ih.is_same(parameters.weight_ih); });
  if (known == seen_.end()) {
    seen_.push_back({.reading = {.cell = &cell, .parameters = parameters, .reverse = reverse, .x = {}, .initial = from},
                     .x = {first_sequence(x)},
                     .last = first_row(last)});
    return;
  }
  const bool goes_on =
      !reverse && std::ranges::equal(from, known->last, [](const auto& a, const auto& b) { return a.equal(b); });
  if (!goes_on) return;
  known->x.push_back(first_sequence(x));
  known->last = first_row(last);
}

std::vector<LayerReading> RecurrentProbe::readings() const {
  std::vector<LayerReading> readings;
  for (const auto& seen : seen_) {
    readings.push_back(seen.reading);
    readings.back().x = at::cat(seen.x);
  }
  return readings;
}

}  // namespace recur
