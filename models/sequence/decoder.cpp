#include "models/sequence/decoder.h"

#include <limits>

#include <ATen/ops/cat.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/multinomial.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <torch/nn/init.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/random.h"
#include "core/special_tokens.h"
#include "models/sequence/dropout.h"

namespace recur {

DecoderStart DecoderStart::select(const torch::Tensor& index) const {
  DecoderStart selected;
  for (const auto& s : state) selected.state.push_back(s.index_select(1, index));
  if (memory) selected.memory = memory->select(index);
  return selected;
}

DecoderImpl::DecoderImpl(int64_t vocabulary_size, int64_t memory_size, DecoderOptions options)
    : vocabulary_size_(vocabulary_size), memory_size_(memory_size), options_(std::move(options)) {
  if (options_.recurrent.bidirectional) throw ConfigError("a decoder's recurrent layers go one way only");
  reset();
}

void DecoderImpl::reset() {
  const int64_t E = options_.embedding_size, H = options_.recurrent.hidden_size, C = memory_size_;
  embedding = register_module("embedding", torch::nn::Embedding(vocabulary_size_, E));
  torch::nn::init::normal_(embedding->weight, 0, options_.embedding_std);
  if (has_attention()) {
    attention = register_module("attention", Attention(options_.attention_score, H, C, options_.attention_size));
    if (options_.context_gate) context_gate = register_module("context_gate", torch::nn::Linear(H, C));
  }
  recurrent =
      register_module("recurrent", Recurrent(E + (attends_before() || feeds_input() ? C : 0), options_.recurrent));
  const bool tied = options_.tie_embeddings;
  const int64_t columns = options_.output == "sum" || (tied && options_.output == "tanh") ? E
                          : options_.output == "tanh"                                     ? H
                                                                                          : H + C;
  if (options_.output != "plain") combine = register_module("combine", torch::nn::Linear(H + C, columns));
  if (!tied) {
    readout = register_module("readout", torch::nn::Linear(columns, vocabulary_size_));
    return;
  }
  if (columns != E) {
    throw ConfigError(
        fmt::format("tie_embeddings: the logits are made of {} columns and the token vectors have {}; "
                    "make them the same, or take output: tanh or sum",
                    columns, E));
  }
  readout_bias = register_parameter("readout_bias", at::zeros({vocabulary_size_}));
}

torch::Tensor DecoderImpl::logits(const torch::Tensor& output) {
  return options_.tie_embeddings ? at::linear(output, embedding->weight, readout_bias) : readout->forward(output);
}

torch::Tensor DecoderImpl::embed(const torch::Tensor& tokens) {
  auto read = tokens;
  if (is_training() && options_.word_dropout > 0) {
    const auto dropped = at::rand(tokens.sizes(), random_generator(tokens.device()), embedding->weight.options())
                             .lt(options_.word_dropout);
    read = tokens.masked_fill(dropped.logical_and(tokens.ne(kBoundaryToken)), kUnknownToken);
  }
  return elementwise_dropout(embedding->forward(read), options_.dropout, is_training());
}

torch::Tensor DecoderImpl::output(const torch::Tensor& embedded, const torch::Tensor& h, const torch::Tensor& z) {
  auto kept = elementwise_dropout(h, options_.dropout, is_training());
  if (has_attention()) kept = at::cat({kept, z}, 1);
  if (options_.output == "plain") return kept;
  kept = combine->forward(kept);
  return options_.output == "sum" ? embedded + kept : kept.tanh();
}

Attended DecoderImpl::look(const torch::Tensor& h, const Memory& memory) {
  auto seen = attention->forward(h, memory);
  if (options_.context_gate) seen.context = context_gate->forward(h).sigmoid() * seen.context;
  return seen;
}

std::vector<torch::Tensor> DecoderImpl::begin(std::vector<torch::Tensor> state) const {
  if (feeds_input()) state.push_back(at::zeros({1, state.front().size(1), memory_size_}, state.front().options()));
  return state;
}

DecoderImpl::Inner DecoderImpl::inner_step(RecurrentSteps& steps, const torch::Tensor& embedded,
                                           std::vector<torch::Tensor> state, const std::optional<Memory>& memory) {
  Attended seen;
  auto x = embedded;
  if (attends_before()) {
    seen = look(state.front()[-1], memory.value());
    x = at::cat({embedded, seen.context}, 1);
  } else if (feeds_input()) {
    x = at::cat({embedded, state.back().squeeze(0)}, 1);
    state.pop_back();
  }
  auto next = steps.step(x, state);
  const auto h = next.front()[-1];
  if (has_attention() && !attends_before()) seen = look(h, memory.value());
  if (feeds_input()) next.push_back(seen.context.unsqueeze(0));
  return {.h = h, .seen = std::move(seen), .state = std::move(next)};
}

DecodedStep DecoderImpl::step(const torch::Tensor& tokens, const std::vector<torch::Tensor>& state,
                              const std::optional<Memory>& memory) {
  auto steps = recurrent->steps();
  const auto embedded = embed(tokens);
  auto inner = inner_step(steps, embedded, state, memory);
  return {.logits = logits(output(embedded, inner.h, inner.seen.context)),
          .attention = inner.seen.weights,
          .state = std::move(inner.state)};
}

DecodedStream DecoderImpl::go_on(const torch::Tensor& tokens, const std::vector<torch::Tensor>& state) {
  if (has_attention()) throw ShapeError("Decoder: go_on is for a decoder without attention");
  const auto embedded = embed(tokens);
  auto read = recurrent->forward(embedded, {}, state);
  const auto made = output(embedded.flatten(0, 1), read.output.flatten(0, 1), {});
  return {.logits = logits(made).view({tokens.size(0), tokens.size(1), -1}), .state = std::move(read.state)};
}

torch::Tensor DecoderImpl::sample_some(const torch::Tensor& tokens, const Unrolled& so_far, double share) {
  torch::NoGradGuard no_grad;
  const auto last = [n = tokens.size(0)](const std::vector<torch::Tensor>& steps) {
    return steps.empty() ? torch::Tensor() : steps.back().narrow(0, 0, n);
  };
  auto scores = logits(output(last(so_far.embedded), last(so_far.h), last(so_far.context)));
  scores.select(1, kUnknownToken).fill_(-std::numeric_limits<double>::infinity());  // never written
  const auto generator = random_generator(scores.device());
  const auto drawn = at::multinomial(at::softmax(scores, 1), 1, /*replacement=*/false, generator).squeeze(1);
  return at::where(at::rand(tokens.sizes(), generator, scores.options()).lt(share), drawn, tokens);
}

namespace {

/// The memories of the first n examples.  Cut only where a sentence has ended: the gradient of each cut is as large as
/// the memory.
void keep_first(std::optional<Memory>& memory, int64_t n) {
  if (memory && memory->size() != n) memory = memory->first(n);
}

}  // namespace

DecoderImpl::Unrolled DecoderImpl::run_layers(const torch::Tensor& tokens, const torch::Tensor& lengths,
                                              const Packing& packing, const std::vector<torch::Tensor>& state,
                                              std::optional<Memory> memory) {
  const auto embedded = embed(tokens);  // [B, T, E]
  const auto h = packing.pack(recurrent->forward(embedded, lengths, state).output.transpose(0, 1)).data;
  Unrolled all{.embedded = {packing.pack(embedded.transpose(0, 1)).data}, .h = {h}, .context = {}, .attention = {}};
  if (!has_attention()) return all;
  for (const auto& query : h.split_with_sizes(packing.rows)) {
    keep_first(memory, query.size(0));
    auto [context, weights] = look(query, memory.value());
    all.context.push_back(std::move(context));
    all.attention.push_back(std::move(weights));
  }
  return all;
}

DecoderImpl::Unrolled DecoderImpl::unroll(const torch::Tensor& tokens, const std::vector<int64_t>& alive,
                                          std::vector<torch::Tensor> state, std::optional<Memory> memory,
                                          double sampled_share) {
  const auto ids = tokens.split_with_sizes(alive);
  const auto embedded = embed(tokens).split_with_sizes(alive);
  auto steps = recurrent->steps();
  Unrolled all;
  for (size_t t = 0; t < alive.size(); ++t) {
    const int64_t n = alive[t];
    if (n < state.front().size(1)) {
      for (auto& s : state) s = s.narrow(1, 0, n);
    }
    keep_first(memory, n);
    const bool may_sample = t > 0 && sampled_share > 0;
    all.embedded.push_back(may_sample ? embed(sample_some(ids[t], all, sampled_share)) : embedded[t]);
    auto next = inner_step(steps, all.embedded.back(), state, memory);
    all.h.push_back(std::move(next.h));
    if (memory) {
      all.context.push_back(std::move(next.seen.context));
      all.attention.push_back(std::move(next.seen.weights));
    }
    state = std::move(next.state);
  }
  return all;
}

Decoded DecoderImpl::forward(const torch::Tensor& tokens, const torch::Tensor& lengths,
                             std::vector<torch::Tensor> state, const std::optional<Memory>& memory,
                             double sampled_share) {
  if (tokens.dim() != 2 || tokens.size(0) < 1 || tokens.size(1) < 1) {
    throw ShapeError(fmt::format("Decoder: expected tokens [B, T] with B and T at least 1, got [{}]",
                                 fmt::join(tokens.sizes(), ", ")));
  }
  if (memory.has_value() != has_attention()) {
    throw ShapeError(has_attention() ? "Decoder: attention needs a memory" : "Decoder: a memory without attention");
  }
  Decoded decoded{
      .packing = plan_packing(tokens.size(1), tokens.size(0), lengths, tokens.device()), .logits = {}, .attention = {}};
  auto sorted_memory = memory;
  if (memory && decoded.packing.order.defined()) sorted_memory = memory->select(decoded.packing.order);
  Unrolled all;
  if (sampled_share == 0 && !attends_before() && !feeds_input()) {
    all = run_layers(tokens, lengths, decoded.packing, state, std::move(sorted_memory));
  } else {
    for (auto& s : state) s = decoded.packing.sort(s);
    all = unroll(decoded.pack(tokens), decoded.packing.rows, std::move(state), std::move(sorted_memory), sampled_share);
  }
  // No step reads another's output: one product for all.
  const auto context = has_attention() ? at::cat(all.context) : torch::Tensor();
  decoded.logits = logits(output(at::cat(all.embedded), at::cat(all.h), context));
  if (has_attention()) decoded.attention = at::cat(all.attention);
  return decoded;
}

torch::Tensor Decoded::pack(const torch::Tensor& values) const {
  return packing.pack(values.t().unsqueeze(2)).data.squeeze(1);
}

torch::Tensor Decoded::sum_over_steps(const torch::Tensor& values) const {
  return packing.unpack(values).sum(0);
}

}  // namespace recur
