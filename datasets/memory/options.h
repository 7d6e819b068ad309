// What a config says about the built-in tests of memory.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include "core/options.h"

namespace recur {

/// Which test, and how hard it is.  All examples are drawn, none is read from a file; those of the training split anew
/// in every epoch.
struct MemoryDataOptions {
  std::string format = "adding";
  int64_t length = 100;
  int64_t symbols = 8;
  int64_t copied = 10;
  int64_t longest = 10;
  int64_t test_longest = 100;
  int64_t train_examples = 10000;
  int64_t validation_examples = 1000;
  int64_t test_examples = 1000;

  static constexpr auto fields() {
    using M = MemoryDataOptions;
    return std::tuple{
        field("format", &M::format,
              "adding: the sum of two marked numbers; copy: say again what was read long ago; parity: of a bit string; "
              "reber: the embedded Reber grammar; anbn: as many b as there were a",
              one_of("adding", "copy", "parity", "reber", "anbn")),
        field("length", &M::length, "adding: steps T; copy: steps T between the symbols and their copies",
              between(2, 100000)),
        field("symbols", &M::symbols, "copy: how many symbols there are", between(2, 26)),
        field("copied", &M::copied, "copy: symbols that are to be kept", between(1, 1000)),
        field("longest", &M::longest, "parity: most bits, anbn: largest n, in training and validation",
              between(1, 100000)),
        field("test_longest", &M::test_longest, "the same in the test split", between(1, 100000)),
        field("train_examples", &M::train_examples, "drawn for each epoch", at_least(1)),
        field("validation_examples", &M::validation_examples, "of the validation split; anbn: one for each n instead",
              at_least(1)),
        field("test_examples", &M::test_examples, "of the test split; anbn: one for each n instead", at_least(1)),
    };
  }
  void check(ConfigCheck& check) const {
    const bool grows = format == "parity" || format == "anbn";
    check.require(!grows || test_longest >= longest, "test_longest", "must be at least longest");
  }
};

}  // namespace recur
