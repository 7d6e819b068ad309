#include "models/heads/vector_classifier.h"

#include <fmt/format.h>

#include "core/error.h"

namespace recur {

VectorClassifierImpl::VectorClassifierImpl(std::vector<int64_t> sizes, int64_t classes, VectorClassifierOptions options)
    : sizes_(std::move(sizes)), classes_(classes), options_(std::move(options)) {
  if (options_.reads == "rows" && sizes_.size() != 2) {
    throw ConfigError("model.reads: rows are of images, and the data are vectors; expected all");
  }
  reset();
}

void VectorClassifierImpl::reset() {
  int64_t size = c10::multiply_integers(sizes_);
  if (options_.reads == "rows") {
    rows = register_module("rows", RowReader(sizes_.back(), options_.recurrent, options_.pooling));
    size = rows->output_size();
  }
  feed_forward = register_module("feed_forward", FeedForward(size, classes_, options_.feed_forward));
}

torch::Tensor VectorClassifierImpl::forward(const torch::Tensor& x) {
  return feed_forward->forward(rows.is_empty() ? x : rows->forward(x));
}

torch::jit::Module vector_classifier_to_torchscript(const VectorClassifierImpl& classifier) {
  torch::jit::Module module("VectorClassifier");
  const bool reads_rows = !classifier.rows.is_empty();
  if (reads_rows) module.register_module("rows", row_reader_to_torchscript(*classifier.rows));
  module.register_module("feed_forward", feed_forward_to_torchscript(*classifier.feed_forward));
  module.define(fmt::format("def forward(self, x: Tensor) -> Tensor:\n    return self.feed_forward.forward({})\n",
                            reads_rows ? "self.rows.forward(x)" : "x"));
  return module;
}

}  // namespace recur
