#include "models/sequence/encoder.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/where.h>
#include <torch/nn/init.h>

#include <fmt/format.h>

#include "models/sequence/dropout.h"
#include "models/sequence/torchscript.h"

namespace recur {

EncoderImpl::EncoderImpl(int64_t vocabulary_size, EncoderOptions options, torch::nn::Embedding shared)
    : vocabulary_size_(vocabulary_size), options_(std::move(options)), shared_(std::move(shared)) {
  reset();
}

void EncoderImpl::reset() {
  embedding = shared_;
  if (!shared_) {
    embedding = register_module("embedding", torch::nn::Embedding(vocabulary_size_, options_.embedding_size));
    torch::nn::init::normal_(embedding->weight, 0, options_.embedding_std);
  }
  recurrent = register_module("recurrent", Recurrent(options_.embedding_size, options_.recurrent));
}

torch::Tensor reverse_each(const torch::Tensor& tokens, const torch::Tensor& lengths) {
  const auto steps = at::arange(tokens.size(1), tokens.options());
  const auto ends = lengths.to(tokens.device()).unsqueeze(1);
  return tokens.gather(1, at::where(steps.lt(ends), ends - 1 - steps, steps));
}

RecurrentOutput EncoderImpl::forward(const torch::Tensor& tokens, const torch::Tensor& lengths) {
  const auto read = options_.reverse ? reverse_each(tokens, lengths) : tokens;
  return recurrent->forward(elementwise_dropout(embedding->forward(read), options_.dropout, is_training()), lengths);
}

torch::Tensor EncoderImpl::last(const RecurrentOutput& read) const {
  const auto& h = read.state.front();
  return recurrent->directions() == 1 ? h[-1] : at::cat({h[-2], h[-1]}, 1);
}

torch::jit::Module encoder_to_torchscript(const EncoderImpl& encoder) {
  torch::jit::Module embedding("Embedding");
  embedding.register_parameter("weight", encoder.embedding->weight.detach().clone(), /*is_buffer=*/false);
  torch::jit::Module module("Encoder");
  module.register_module("embedding", embedding);
  module.register_module("recurrent", recurrent_to_torchscript(*encoder.recurrent));
  module.define(R"(
def reverse_each(self, tokens: Tensor, lengths: Tensor) -> Tensor:
    steps = torch.arange(tokens.size(1), device=tokens.device)
    ends = lengths.unsqueeze(1)
    return tokens.gather(1, torch.where(steps < ends, ends - 1 - steps, steps))
)");
  const bool both = encoder.recurrent->directions() == 2;
  module.define(fmt::format(R"(
def order(self, tokens: Tensor, lengths: Tensor) -> Tensor:
    return {}

def forward(self, tokens: Tensor, lengths: Tensor) -> Tuple[Tensor, List[Tensor]]:
    read = self.order(tokens, lengths.to(tokens.device))
    return self.recurrent.forward(torch.embedding(self.embedding.weight, read), lengths, None)

def last(self, state: List[Tensor]) -> Tensor:
    return {}
)",
                            encoder.options().reverse ? "self.reverse_each(tokens, lengths)" : "tokens",
                            both ? "torch.cat([state[0][-2], state[0][-1]], 1)" : "state[0][-1]"));
  return module;
}

}  // namespace recur
