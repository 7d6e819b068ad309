// A long sequence of tokens as parallel streams, and windows on them for truncated back-propagation through time
// (Zaremba et al., Recurrent neural network regularization, 2014).
//
//   ids 0 1 2 3 4 5 6 7 8 9 10 as 2 streams        windows of 2 tokens: what is read, what is to be written
//     0 1 2 3 4                                      0 1 -> 1 2     2 3 -> 3 4
//     5 6 7 8 9      (10 is dropped)                 5 6 -> 6 7     7 8 -> 8 9
//
// Row b of a window goes on where row b of the window before it ended: so does the state that a model carries.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <torch/types.h>

namespace recur {

/// Both are [B, T] int64: views of the streams.
struct Window {
  torch::Tensor read;     ///< tokens t ... t+T-1
  torch::Tensor written;  ///< the next ones, t+1 ... t+T
};

struct TokenStreams {
  torch::Tensor tokens;  ///< [B, L] int64, row b the b-th part of the sequence
  int64_t dropped = 0;   ///< tokens at the sequence's end that do not fill a column; less than B

  int64_t streams() const { return tokens.size(0); }
  /// Tokens that the windows write, over all streams: all but the first of each.
  int64_t predictions() const { return streams() * (tokens.size(1) - 1); }
  /// How many windows there are if each has `steps` tokens, and the last perhaps fewer: every token but the first of
  /// each stream is written once.
  int64_t windows(int64_t steps) const;
  /// @throws std::out_of_range  unless 0 <= index < windows(steps).
  Window window(int64_t index, int64_t steps) const;
};

/// Cuts a sequence of N ids into `streams` parts of N / streams each.  One stream, as a split is evaluated, drops
/// nothing.
/// @throws DataError  naming the split, for less than 2 tokens a stream.
TokenStreams make_streams(std::span<const int64_t> ids, int64_t streams, const std::string& split);

}  // namespace recur
