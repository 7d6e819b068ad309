#include <cmath>

#include "datasets/memory/batch.h"

namespace recur {
namespace {

using Baselines = std::map<std::string, double>;

Baselines constant_sum(const MemoryBatch& all) {
  const auto error = (all.target - 1).to(torch::kFloat64);
  return {{"constant_mse", error.square().mean().item<double>()},
          {"constant_solved", (error.abs() < kAddingTolerance).to(torch::kFloat64).mean().item<double>()}};
}

Baselines memoryless_copy(const MemoryDataOptions& options) {
  const auto symbols = static_cast<double>(options.symbols), copied = static_cast<double>(options.copied);
  return {{"memoryless_loss", copied * std::log(symbols) / (static_cast<double>(options.length) + 2 * copied)},
          {"memoryless_accuracy", 1 / symbols},
          {"memoryless_solved", std::pow(symbols, -copied)}};
}

Baselines forgetful_grammar(const MemoryBatch& all) {
  // Each of the legal symbols has the same chance; where memory decides, who has none sees two.
  const auto choices = all.legal.sum(2);
  const double steps = choices.count_nonzero().item<double>();
  const double strings = static_cast<double>(all.lengths.size(0));
  const double nats = choices.clamp_min(1).to(torch::kFloat64).log().sum().item<double>();
  return {{"grammar_loss", nats / steps},
          {"forgetful_loss", (nats + strings * std::log(2.0)) / steps},
          {"forgetful_accuracy", 1 - strings / 2 / steps},
          {"forgetful_recall", 0.5},
          {"forgetful_solved", 0.5}};
}

Baselines always_another_b(const MemoryBatch& all) {
  // Of n steps that are measured, the last asks for the end.
  const double steps = all.legal.any(2).sum().item<double>();
  return {{"bigram_accuracy", 1 - static_cast<double>(all.lengths.size(0)) / steps}, {"bigram_solved", 0.0}};
}

}  // namespace

std::map<std::string, double> memory_baselines(const MemoryDataOptions& options, int64_t seed, MemorySplit split) {
  if (options.format == "copy") return memoryless_copy(options);
  if (options.format == "parity") {
    return {{"guess_loss", std::log(2.0)}, {"guess_accuracy", 0.5}, {"guess_solved", 0.5}};
  }
  const auto all = memory_batch(options, seed, split, 0, 0, memory_examples(options, split));
  if (options.format == "adding") return constant_sum(all);
  return options.format == "reber" ? forgetful_grammar(all) : always_another_b(all);
}

}  // namespace recur
