#include "datasets/memory/batch.h"

#include <algorithm>

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/memory/adding.h"

namespace recur {
namespace {

SymbolString make_string(const MemoryDataOptions& options, MemorySplit split, int64_t index, Draw& draw) {
  if (options.format == "copy") return draw_copy(options.length, options.symbols, options.copied, draw);
  if (options.format == "reber") return draw_reber(draw);
  const bool tests = split == MemorySplit::kTest || split == MemorySplit::kFresh;
  const int64_t longest = tests ? options.test_longest : options.longest;
  if (options.format == "parity") return draw_parity(longest, draw);
  const bool every_n = split == MemorySplit::kValidation || split == MemorySplit::kTest;
  return make_anbn(1 + (every_n ? index : draw.below(longest)));
}

MemoryBatch stack_strings(const std::vector<SymbolString>& strings, const MemoryShape& shape) {
  const auto B = static_cast<int64_t>(strings.size());
  const int64_t T = std::ranges::max(strings, {}, &SymbolString::size).size();
  MemoryBatch batch{.x = at::zeros({B, T, shape.features}),
                    .lengths = at::empty({B}, torch::kInt64),
                    .target = at::full({B, T}, -1, torch::kInt64),
                    .legal = at::zeros({B, T, shape.outputs}, torch::kBool),
                    .far = strings.front().far >= 0 ? at::empty({B}, torch::kInt64) : torch::Tensor()};
  auto x = batch.x.accessor<float, 3>();
  auto lengths = batch.lengths.accessor<int64_t, 1>();
  auto target = batch.target.accessor<int64_t, 2>();
  auto legal = batch.legal.accessor<bool, 3>();
  for (int64_t b = 0; b < B; ++b) {
    const auto& string = strings[b];
    lengths[b] = string.size();
    if (batch.far.defined()) batch.far.mutable_data_ptr<int64_t>()[b] = string.far;
    for (int64_t t = 0; t < string.size(); ++t) {
      x[b][t][string.read[t]] = 1;
      target[b][t] = string.target[t];
      for (int64_t c = 0; c < shape.outputs; ++c) legal[b][t][c] = (string.legal[t] >> c & 1) != 0;
    }
  }
  return batch;
}

}  // namespace

MemoryShape memory_shape(const MemoryDataOptions& options) {
  if (options.format == "adding") return {.features = 2, .outputs = 1, .regression = true};
  const auto alphabet = memory_alphabet(options);
  return {.features = std::ssize(alphabet.read), .outputs = std::ssize(alphabet.said)};
}

MemorySplit memory_split(const std::string& name) {
  if (name == "train") return MemorySplit::kTrain;
  if (name == "validation") return MemorySplit::kValidation;
  if (name == "test") return MemorySplit::kTest;
  throw ConfigError(fmt::format("split: expected train, validation or test, got \"{}\"", name));
}

int64_t memory_examples(const MemoryDataOptions& options, MemorySplit split) {
  const bool each_n = options.format == "anbn";
  if (split == MemorySplit::kTrain) return options.train_examples;
  if (split == MemorySplit::kValidation) return each_n ? options.longest : options.validation_examples;
  return each_n ? options.test_longest : options.test_examples;
}

MemoryBatch memory_batch(const MemoryDataOptions& options, int64_t seed, MemorySplit split, int64_t epoch,
                         int64_t first, int64_t count) {
  const auto shape = memory_shape(options);
  if (!shape.regression) {
    std::vector<SymbolString> strings;
    for (int64_t index = first; index < first + count; ++index) {
      Draw draw({seed, static_cast<int64_t>(split), epoch, index});
      strings.push_back(make_string(options, split, index, draw));
    }
    return stack_strings(strings, shape);
  }
  MemoryBatch batch{.x = at::empty({count, options.length, shape.features}),
                    .lengths = at::full({count}, options.length, torch::kInt64),
                    .target = at::empty({count, 1}),
                    .legal = {},
                    .far = {}};
  for (int64_t b = 0; b < count; ++b) {
    Draw draw({seed, static_cast<int64_t>(split), epoch, first + b});
    batch.target.mutable_data_ptr<float>()[b] = draw_adding(batch.x[b], draw);
  }
  return batch;
}

Alphabet memory_alphabet(const MemoryDataOptions& options) {
  if (options.format == "copy") return copy_alphabet(options.symbols);
  if (options.format == "parity") return parity_alphabet();
  if (options.format == "reber") return reber_alphabet();
  if (options.format == "anbn") return anbn_alphabet();
  return {};
}

}  // namespace recur
