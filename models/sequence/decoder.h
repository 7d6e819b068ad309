// A recurrent network that writes: one token a step, from a state it is started with and, with attention, a memory that
// it looks back at.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include <torch/csrc/jit/api/module.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "core/options.h"
#include "models/sequence/attention.h"
#include "models/sequence/packing.h"
#include "models/sequence/recurrent.h"

namespace recur {

struct DecoderOptions {
  int64_t embedding_size = 128;
  double embedding_std = 0.1;
  RecurrentOptions recurrent = {.hidden_size = 256};
  std::string attend = "after";
  bool input_feeding = true;
  std::string attention_score = "additive";
  int64_t attention_size = 128;
  bool context_gate = false;
  std::string output = "plain";
  bool tie_embeddings = false;
  double dropout = 0.3;
  double word_dropout = 0.0;

  static constexpr auto fields() {
    using O = DecoderOptions;
    return std::tuple{
        field("embedding_size", &O::embedding_size, "columns of the token vectors", at_least(1)),
        field("embedding_std", &O::embedding_std, "standard deviation of the token vectors at first", more_than(0.0)),
        field("recurrent", &O::recurrent, "the layers that write; one direction"),
        field(
            "attend", &O::attend,
            "attention: before, the state that has not read the token yet looks, and what it sees is read with the "
            "token (Bahdanau et al. 2015, Xu et al. 2015); after, the state that has read it looks (Luong et al. 2015)",
            one_of("before", "after")),
        field("input_feeding", &O::input_feeding,
              "attend: after: what was seen at a step is read with the next step's token (Luong et al. 2015, 3.3)"),
        field("attention_score", &O::attention_score,
              "attention: how query and places are compared: additive (Bahdanau et al. 2015), general or dot (Luong et "
              "al. 2015, eq. 8)",
              one_of("additive", "general", "dot")),
        field("attention_size", &O::attention_size, "additive: columns of the space in which query and places meet",
              at_least(1)),
        field("context_gate", &O::context_gate, "attention: a gate on what was seen (Xu et al. 2015, 4.2.1)"),
        field("output", &O::output,
              "what the logits are made of: h and what was seen; with tanh a layer between (Luong et al. 2015, eq. 5); "
              "with sum their linear map added to the token's vector (Xu et al. 2015, eq. 7)",
              one_of("plain", "tanh", "sum")),
        field("tie_embeddings", &O::tie_embeddings,
              "the logits' weights are the token vectors (Press & Wolf 2017; Inan et al. 2017)"),
        field("dropout", &O::dropout, "dropout on token vectors and on h' before the logits; what is seen stays whole",
              fraction()),
        field("word_dropout", &O::word_dropout,
              "share of the tokens read in training that are made unknown, so that the state and what is seen must do "
              "(Bowman et al. 2016)",
              fraction()),
    };
  }
  void check(ConfigCheck& check) const {
    check.require(!recurrent.bidirectional, "recurrent.bidirectional", "a network that writes reads one way only");
  }
};

/// Where a decoder starts, for B examples.
struct DecoderStart {
  std::vector<torch::Tensor> state;  ///< DecoderImpl::begin()'s
  std::optional<Memory> memory = {};

  int64_t size() const { return state.front().size(1); }
  /// The same for sentences that belong to these examples: sentence p to example index[p].  @param index  [P] int64
  DecoderStart select(const torch::Tensor& index) const;
};

/// What a decoder says of sentences that are given to it, at their N tokens and nowhere behind a sentence's end.
struct Decoded {
  Packing packing;          ///< how a tensor [T, B, D] becomes [N, D] in the order of what follows, and back
  torch::Tensor logits;     ///< [N, V]
  torch::Tensor attention;  ///< [N, L], or undefined without attention

  /// What belongs to the rows of logits.  @param values  [B, T]  @returns  [N]
  torch::Tensor pack(const torch::Tensor& values) const;
  /// Sums over each sentence's steps.  @param values  [N, D]  @returns  [B, D]
  torch::Tensor sum_over_steps(const torch::Tensor& values) const;
};

/// What it says of streams of tokens that have neither begun nor ended.
struct DecodedStream {
  torch::Tensor logits;              ///< [B, T, V]
  std::vector<torch::Tensor> state;  ///< behind the last token
};

/// What it says after one more token.
struct DecodedStep {
  torch::Tensor logits;              ///< [B, V]
  torch::Tensor attention;           ///< [B, L], or undefined
  std::vector<torch::Tensor> state;  ///< see DecoderImpl::begin
};

/// With token y, state s (h the output of its top layer) and memory m, one of
///   attend: before    z = gate * attention(h, m),   gate = sigmoid(W_g h),   s' = recurrent([E y; z], s)
///   attend: after     s' = recurrent([E y; z of the step before], s),   z = gate * attention(h', m),
///                     gate = sigmoid(W_g h');   without input_feeding E y alone is read
///   no attention      s' = recurrent(E y, s),   z has no columns
/// where gate = 1 without context_gate, and then
///   output: plain     logits = W_o [h'; z]
///   output: tanh      logits = W_o tanh(W_c [h'; z])      W_c to H columns, or to E's with tie_embeddings
///   output: sum       logits = W_o (E y + W_c [h'; z])    W_c to E's columns
/// With tie_embeddings W_o is E itself.
class DecoderImpl : public torch::nn::Cloneable<DecoderImpl> {
 public:
  /// `memory_size`: columns of a place of the memory; 0: no attention.
  /// @throws ConfigError for options or sizes that do not go together
  DecoderImpl(int64_t vocabulary_size, int64_t memory_size, DecoderOptions options);

  void reset() override;

  /// The state before the first token: the recurrent layers' own, and with input feeding what was seen last: nothing,
  /// zeros [1, B, C].  @param state  each [layers, B, H]
  std::vector<torch::Tensor> begin(std::vector<torch::Tensor> state) const;

  /// Teacher forcing.  A sentence costs what its own tokens cost, however long its neighbours are.
  /// @param tokens         [B, T] int64: what is read at each step
  /// @param lengths        [B] int64 on the CPU, 1..T
  /// @param state          begin()'s, or that after some step
  /// @param memory         absent without attention
  /// @param sampled_share  scheduled sampling (Bengio et al. 2015): chance with which a step reads, instead of its
  ///                       token, one drawn from the distribution of the step before
  /// @throws ShapeError
  Decoded forward(const torch::Tensor& tokens, const torch::Tensor& lengths, std::vector<torch::Tensor> state,
                  const std::optional<Memory>& memory = {}, double sampled_share = 0);

  /// Without attention: B streams go on from `state` for T tokens [B, T] int64.
  /// @throws ShapeError with attention
  DecodedStream go_on(const torch::Tensor& tokens, const std::vector<torch::Tensor>& state);

  /// `tokens`: [B] int64.
  DecodedStep step(const torch::Tensor& tokens, const std::vector<torch::Tensor>& state,
                   const std::optional<Memory>& memory = {});

  const DecoderOptions& options() const { return options_; }
  bool has_attention() const { return memory_size_ > 0; }
  bool feeds_input() const { return has_attention() && options_.attend == "after" && options_.input_feeding; }
  int64_t vocabulary_size() const { return vocabulary_size_; }
  int64_t memory_size() const { return memory_size_; }

  torch::nn::Embedding embedding = nullptr;
  Attention attention = nullptr;
  torch::nn::Linear context_gate = nullptr;
  Recurrent recurrent = nullptr;
  torch::nn::Linear combine = nullptr;
  torch::nn::Linear readout = nullptr;  ///< without tie_embeddings
  torch::Tensor readout_bias;           ///< [V], with it

 private:
  /// A step before its output: the top layer's h [B, H], what was seen (no attention: undefined), the new state.
  struct Inner {
    torch::Tensor h;
    Attended seen;
    std::vector<torch::Tensor> state;
  };
  Inner inner_step(RecurrentSteps& steps, const torch::Tensor& embedded, std::vector<torch::Tensor> state,
                   const std::optional<Memory>& memory);
  /// What the outputs of all steps are made of, and where they looked: rows in the order of the packing, in pieces.
  struct Unrolled {
    std::vector<torch::Tensor> embedded, h, context, attention;
  };
  bool attends_before() const { return has_attention() && options_.attend == "before"; }
  /// What the state h [B, H] sees of the memory: z and the weights.
  Attended look(const torch::Tensor& h, const Memory& memory);
  /// Where a step does not need the one before but for its state: the recurrent layers over all steps at once, then the
  /// attention.
  Unrolled run_layers(const torch::Tensor& tokens, const torch::Tensor& lengths, const Packing& packing,
                      const std::vector<torch::Tensor>& state, std::optional<Memory> memory);
  /// The loop over time, for the sentences still alive.
  Unrolled unroll(const torch::Tensor& tokens, const std::vector<int64_t>& alive, std::vector<torch::Tensor> state,
                  std::optional<Memory> memory, double sampled_share);
  /// Scheduled sampling: of some tokens [B], some drawn anew from the distribution of the last step so far.
  torch::Tensor sample_some(const torch::Tensor& tokens, const Unrolled& so_far, double share);
  torch::Tensor embed(const torch::Tensor& tokens);
  torch::Tensor logits(const torch::Tensor& output);
  /// What the logits are made of: of h' and z [B, ...].
  torch::Tensor output(const torch::Tensor& embedded, const torch::Tensor& h, const torch::Tensor& z);

  int64_t vocabulary_size_, memory_size_;
  DecoderOptions options_;
};
TORCH_MODULE(Decoder);

/// A module with `begin(state) -> state`, `forward(tokens [B, T], state, memory) -> logits [B, T, V]`,
/// `step(tokens [B], state, memory) -> (logits [B, V], state, weights [B, L])` and, with attention,
/// `remember(values, padding) -> memory`; the memory is a list (Memory::to_list), empty without attention, and so are
/// then the weights.  In evaluation mode: without dropout.
torch::jit::Module decoder_to_torchscript(const DecoderImpl& decoder);

}  // namespace recur
