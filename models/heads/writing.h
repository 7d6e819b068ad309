// What all networks share that write sentences: how they are taught, and how they are searched.
#pragma once

#include <cstdint>
#include <tuple>

#include <torch/types.h>

#include "core/options.h"
#include "models/search/search.h"
#include "models/sequence/decoder.h"

namespace recur {

struct TeachingOptions {
  double label_smoothing = 0.0;
  double scheduled_sampling = 0.0;
  int64_t scheduled_sampling_epochs = 10;

  static constexpr auto fields() {
    using O = TeachingOptions;
    return std::tuple{
        field("label_smoothing", &O::label_smoothing, "share of the target spread over all tokens", fraction()),
        field("scheduled_sampling", &O::scheduled_sampling,
              "chance with which a step reads the network's own last token instead of the true one", fraction()),
        field("scheduled_sampling_epochs", &O::scheduled_sampling_epochs,
              "epochs in which that chance grows from 0, evenly", at_least(1)),
    };
  }

  /// Chance of scheduled sampling in an epoch, from 0.
  double sampled_share(int64_t epoch) const;
};

/// Sentences as a decoder is taught by them: read [0, w1, ..., wn], written [w1, ..., wn, 0].
struct TaughtSentences {
  torch::Tensor read, written;  ///< [P, T] int64, 0 behind a sentence's end
  torch::Tensor lengths;        ///< [P] int64, n + 1

  int64_t tokens() const { return lengths.sum().item<int64_t>(); }
};

/// Cross-entropy of what was to be written, mean over all tokens.
torch::Tensor token_cross_entropy(const Decoded& decoded, const TaughtSentences& sentences, double label_smoothing);

/// log p(sentence) under teacher forcing, its end included: [P].
torch::Tensor sentence_log_probabilities(const Decoded& decoded, const TaughtSentences& sentences);

/// The decoder as a search wants it: the unknown token is never written.  Refers to `decoder`.
/// With a coverage penalty, and attention, what is looked at is counted.
Decoding decoding_of(DecoderImpl& decoder, const DecoderStart& start, const SearchOptions& search);

}  // namespace recur
