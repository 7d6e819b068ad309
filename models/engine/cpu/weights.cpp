#include "models/engine/cpu/weights.h"

#include <algorithm>

#include "models/engine/cpu/fingerprint.h"
#include "models/engine/cpu/step.h"

namespace recur::engine::cpu {
namespace {

std::vector<torch::Tensor> tensors_of(const LayerParameters& parameters) {
  std::vector<torch::Tensor> all = {parameters.weight_ih, parameters.weight_hh};
  if (parameters.bias_ih.defined()) all.insert(all.end(), {parameters.bias_ih, parameters.bias_hh});
  all.insert(all.end(), parameters.units.begin(), parameters.units.end());
  return all;
}

uint64_t fingerprint_of(const torch::Tensor& tensor) {
  const auto plain = tensor.detach().contiguous();
  return fingerprint(plain.const_data_ptr<float>(), plain.numel());
}

/// Adds the values of the chosen rows of a bias [G*H].
void add_bias(const torch::Tensor& bias, const std::vector<int64_t>& rows, std::vector<float>& to) {
  const auto plain = bias.contiguous();
  for (size_t k = 0; k < rows.size(); ++k) {
    if (rows[k] >= 0) to[k] += plain.const_data_ptr<float>()[rows[k]];
  }
}

}  // namespace

LayerShape::LayerShape(const CellType& cell, const LayerParameters& parameters)
    : use(use_of_gates(cell.program)),
      D(parameters.weight_ih.size(1)),
      H(parameters.weight_hh.size(1)),
      blocks((H + kBlock - 1) / kBlock) {}

std::vector<int64_t> LayerShape::all_rows() const {
  auto rows = summed_rows();
  for (const auto& more : {apart_rows(), late_rows()}) rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

std::vector<int64_t> LayerShape::rows_of(const std::array<int8_t, GateUse::kCapacity>& gates, int count) const {
  std::vector<int64_t> rows;
  for (int64_t block = 0; block < blocks; ++block) {
    for (int k = 0; k < count; ++k) {
      for (int64_t unit = block * kBlock; unit < (block + 1) * kBlock; ++unit) {
        rows.push_back(unit < H ? gates[k] * H + unit : -1);
      }
    }
  }
  return rows;
}

PackedWeights::PackedWeights(const CellType& cell, const LayerParameters& parameters, Numbers numbers)
    : shape_(cell, parameters),
      numbers_(numbers),
      weight_ih_(parameters.weight_ih.detach().contiguous()),
      weight_hh_(parameters.weight_hh.detach().contiguous()) {
  for (const auto& tensor : tensors_of(parameters)) fingerprints_.push_back(fingerprint_of(tensor));
  const auto summed = shape_.summed_rows(), apart = shape_.apart_rows(), late = shape_.late_rows(),
             all = shape_.all_rows();
  auto not_apart = all;
  std::fill_n(not_apart.begin() + static_cast<int64_t>(summed.size()), apart.size(), -1);
  const auto *const ih = weight_ih_.const_data_ptr<float>(), *const hh = weight_hh_.const_data_ptr<float>();
  forward_ = {.input = Panels::transposed(ih, shape_.D, all, numbers),
              .recurrent = Panels::transposed(hh, shape_.H, summed, numbers),
              .apart = Panels::transposed(hh, shape_.H, apart, numbers),
              .late = Panels::transposed(hh, shape_.H, late, numbers),
              .bias = std::vector<float>(all.size()),
              .apart_bias = std::vector<float>(apart.size()),
              .units = {}};
  if (parameters.bias_ih.defined()) {
    add_bias(parameters.bias_ih, all, forward_.bias);
    add_bias(parameters.bias_hh, not_apart, forward_.bias);
    add_bias(parameters.bias_hh, apart, forward_.apart_bias);
  }
  for (const auto& unit : parameters.units) forward_.units.push_back(unit.detach().clone(at::MemoryFormat::Contiguous));
}

const PackedWeights::Backward& PackedWeights::backward() const {
  std::call_once(packed_, [&] {
    TORCH_CHECK(fingerprint_of(weight_ih_) == fingerprints_[0] && fingerprint_of(weight_hh_) == fingerprints_[1],
                "a recurrent layer's weights were changed, past autograd's sight, between its forward and its backward "
                "pass");
    const auto *const ih = weight_ih_.const_data_ptr<float>(), *const hh = weight_hh_.const_data_ptr<float>();
    backward_ = {.input = Panels::of_rows(ih, shape_.D, shape_.all_rows(), numbers_),
                 .recurrent = Panels::of_rows(hh, shape_.H, shape_.summed_rows(), numbers_),
                 .apart = Panels::of_rows(hh, shape_.H, shape_.apart_rows(), numbers_),
                 .late = Panels::of_rows(hh, shape_.H, shape_.late_rows(), numbers_)};
  });
  return backward_;
}

bool PackedWeights::is_of(const LayerParameters& parameters) const {
  const auto given = tensors_of(parameters);
  return std::equal(given.begin(), given.end(), fingerprints_.begin(), fingerprints_.end(),
                    [](const torch::Tensor& tensor, uint64_t print) { return fingerprint_of(tensor) == print; });
}

}  // namespace recur::engine::cpu
