// A stack of recurrent layers as a torch::nn::Module: a cell of the catalog over time, in one or both directions.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "core/options.h"
#include "models/engine/cell_type.h"
#include "models/engine/fused.h"

namespace recur {

struct RecurrentOptions {
  std::string cell = "lstm";
  int64_t hidden_size = 64;
  int64_t num_layers = 1;
  bool bidirectional = false;
  double dropout = 0.0;
  bool variational_dropout = false;
  double weight_dropout = 0.0;
  bool bias = true;
  std::optional<double> forget_bias = {};
  std::optional<double> chrono_steps = {};
  std::string engine = "auto";
  bool recompute = false;

  static constexpr auto fields() {
    using O = RecurrentOptions;
    return std::tuple{
        field("cell", &O::cell, "the recurrent cell; `recur list cells` shows them",
              one_of(&engine::cell_names, engine::kUnknownCellHint)),
        field("hidden_size", &O::hidden_size, "units of each layer and direction", at_least(1)),
        field("num_layers", &O::num_layers, "layers, each reading the outputs of the one below", at_least(1)),
        field("bidirectional", &O::bidirectional, "read every sequence in both directions"),
        field("dropout", &O::dropout, "dropout between layers", fraction()),
        field("variational_dropout", &O::variational_dropout,
              "one dropout mask for all steps of a sequence (Gal & Ghahramani 2016)"),
        field("weight_dropout", &O::weight_dropout,
              "dropout on weight_hh, one mask for all steps of a batch (DropConnect; Merity et al. 2018)", fraction()),
        field("bias", &O::bias, "biases in the gates' maps"),
        field("forget_bias", &O::forget_bias,
              "the bias with which the gate starts that keeps the state: 1 opens it (Gers et al. 2000, Jozefowicz et "
              "al. 2015); null: as all weights"),
        field("chrono_steps", &O::chrono_steps,
              "chrono initialisation: gates start so that states last up to so many steps (Tallec & Ollivier 2018); "
              "null: as all weights",
              more_than(2.0)),
        field(
            "engine", &O::engine,
            "how the cell runs: reference, step by step in autograd; fused, its recorded program on tiles (f32); auto, "
            "fused where it can",
            one_of("auto", "reference", "fused")),
        field("recompute", &O::recompute,
              "the fused engine on a CPU keeps no gates for the backward pass and computes them again: less memory, "
              "more time"),
    };
  }
  void check(ConfigCheck& check) const {
    check.require(bias || !(forget_bias || chrono_steps), "bias", "forget_bias and chrono_steps set biases");
    check.require(!(forget_bias && chrono_steps), "chrono_steps", "goes without forget_bias: both set the same bias");
    check.require(!(forget_bias || chrono_steps) || has_memory_gate(cell), "cell",
                  "has no gate that keeps its state, which forget_bias and chrono_steps set");
  }
  /// Whether a cell has a gate that keeps its state, or overwrites it.
  static bool has_memory_gate(const std::string& cell);
};

/// The order of a sequence tensor's axes.
enum class Layout {
  kBatchFirst,  ///< [B, T, D]
  kTimeMajor,   ///< [T, B, D], torch's default
};

/// What a stack of layers returns.  L layers, S directions (1 or 2), H hidden units.
struct RecurrentOutput {
  torch::Tensor output;              ///< [B, T, S*H] (or [T, B, S*H]): h of the top layer, zero behind a sequence's end
  std::vector<torch::Tensor> state;  ///< each state [L*S, B, H] at each sequence's own end (reverse: its beginning)
};

/// A stack that goes on by one step at a time within one forward pass; see RecurrentImpl::steps().
class RecurrentSteps {
 public:
  /// One step of all layers.
  /// @param x  [B, D]  @param state  each state [L, B, H]; B may be less than at the step before
  /// @returns  the state behind the step; h of the top layer is state[0][-1]
  std::vector<torch::Tensor> step(const torch::Tensor& x, const std::vector<torch::Tensor>& state);

 private:
  friend class RecurrentImpl;
  struct Layer {
    engine::LayerParameters parameters;
    std::optional<engine::FusedSteps> fused;
  };
  std::vector<Layer> layers_;
  const engine::CellType* cell_ = nullptr;
  double dropout_ = 0;  // between layers, in training
  bool holds_mask_ = false;
  std::vector<torch::Tensor> masks_;  // variational dropout's, of each layer but the top
};

/// Stacked, optionally bidirectional layers of one cell.
///
/// Parameters have torch::nn's names, shapes and packing (`weight_ih_l0 [G*H, D]`, `weight_hh_l0`, `bias_ih_l0`,
/// `bias_hh_l0`, `..._reverse`), so that for rnn, lstm and gru a state_dict goes to and from torch by name; per-unit
/// parameters follow as e.g. `p_i_l0 [H]`.  All start uniform in +-1/sqrt(H), drawn in torch's order: the same seed
/// gives the same weights as torch::nn.  Then, if told:
///   forget_bias   b + c = forget_bias for the gate that keeps the state; -forget_bias for one that overwrites it alone
///   chrono_steps  b + c = log u, u ~ U(1, chrono_steps - 1), for the gate that keeps, and -log u for the one that
///                 overwrites: Tallec & Ollivier 2018, eq. 16, by which states last 2 to chrono_steps steps
class RecurrentImpl : public torch::nn::Cloneable<RecurrentImpl> {
 public:
  /// @throws ConfigError for an unknown cell, ShapeError for sizes below 1.
  RecurrentImpl(int64_t input_size, RecurrentOptions options, Layout layout = Layout::kBatchFirst);

  void reset() override;
  void pretty_print(std::ostream& stream) const override;

  /// The layers over a batch of sequences.
  /// @param x        [B, T, D] (or [T, B, D], as the layout says)
  /// @param lengths  [B] int64 on the CPU: steps of each sequence, 1..T; all T where absent.  No step is computed
  ///                 behind a sequence's end.
  /// @param initial  each state [L*S, B, H]; zeros where empty
  /// @throws ShapeError naming what was got and what was expected.
  RecurrentOutput forward(const torch::Tensor& x, const std::optional<torch::Tensor>& lengths = {},
                          const std::vector<torch::Tensor>& initial = {});

  /// The layers step by step, for as long as the weights stay as they are: where each step reads what the step before
  /// brought about.  Masks of weight_dropout and variational_dropout are drawn once and hold over all steps.
  /// @throws ShapeError for layers of two directions
  RecurrentSteps steps();

  const RecurrentOptions& options() const { return options_; }
  const engine::CellType& cell() const { return *cell_; }
  Layout layout() const { return layout_; }
  int64_t input_size() const { return input_size_; }
  int64_t directions() const { return options_.bidirectional ? 2 : 1; }
  /// Columns of the output: S*H.
  int64_t output_size() const { return directions() * options_.hidden_size; }

  /// The parameters' names of one layer and direction, e.g. {"weight_ih_l0_reverse", ...}, in the order in which they
  /// are registered.
  std::vector<std::string> parameter_names(int64_t layer, bool reverse) const;

 private:
  engine::LayerResult run_layer(int64_t layer, const engine::PackedSequences& x,
                                const std::vector<torch::Tensor>& initial, bool reverse);
  engine::LayerParameters layer_parameters(int64_t layer, bool reverse) const;
  void start_memory_gates();
  void check_input(const torch::Tensor& x, const std::vector<torch::Tensor>& initial) const;

  int64_t input_size_;
  RecurrentOptions options_;
  Layout layout_;
  const engine::CellType* cell_;
  std::vector<engine::WeightCache> caches_;  // of each layer and direction
};
TORCH_MODULE(Recurrent);

}  // namespace recur
