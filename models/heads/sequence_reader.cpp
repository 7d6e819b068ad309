#include "models/heads/sequence_reader.h"

#include <fmt/format.h>

#include "core/error.h"
#include "models/sequence/dropout.h"
#include "models/sequence/linear_torchscript.h"
#include "models/sequence/torchscript.h"

namespace recur {

SequenceReaderImpl::SequenceReaderImpl(int64_t input_size, int64_t outputs, ReadOut read_out,
                                       SequenceReaderOptions options)
    : input_size_(input_size), outputs_(outputs), read_out_(read_out), options_(std::move(options)) {
  if (options_.recurrent.bidirectional) throw ConfigError("sequence reader: reads in one direction only");
  reset();
}

void SequenceReaderImpl::reset() {
  recurrent = register_module("recurrent", Recurrent(input_size_, options_.recurrent));
  readout = register_module("readout", torch::nn::Linear(recurrent->output_size(), outputs_));
}

torch::Tensor SequenceReaderImpl::forward(const torch::Tensor& x, const std::optional<torch::Tensor>& lengths) {
  const auto read = recurrent->forward(x, lengths);
  const auto h = read_out_ == ReadOut::kEveryStep ? read.output : read.state.front()[-1];
  return readout->forward(elementwise_dropout(h, options_.dropout, is_training()));
}

torch::jit::Module sequence_reader_to_torchscript(const SequenceReaderImpl& reader) {
  torch::jit::Module module("SequenceReader");
  module.register_module("recurrent", recurrent_to_torchscript(*reader.recurrent));
  module.register_module("readout", linear_to_torchscript(*reader.readout));
  module.define(fmt::format(R"(
def forward(self, x: Tensor, lengths: Optional[Tensor] = None) -> Tensor:
    output, state = self.recurrent.forward(x, lengths, None)
    return self.readout.forward({})

def step(self, x: Tensor, state: Optional[List[Tensor]] = None) -> Tuple[Tensor, List[Tensor]]:
    h, following = self.recurrent.step(x, state)
    return self.readout.forward(h), following
)",
                            reader.read_out() == ReadOut::kEveryStep ? "output" : "state[0][-1]"));
  return module;
}

}  // namespace recur
