// A share of a packed batch: some of its sequences, as a batch of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "models/engine/cpu/aligned.h"

namespace recur::engine::cpu {

/// Steps in the order in which the layer runs them; its rows ("own") in that order too, those of a step in the batch's.
class SubBatch {
 public:
  struct Step {
    int64_t count;   ///< sequences alive
    int64_t own;     ///< row of the first of them
    int64_t packed;  ///< row of the first of them in the whole batch
  };

  /// Sequences [first, last) of the batch with `rows[t]` alive at step t.
  SubBatch(const std::vector<int64_t>& rows, int64_t first, int64_t last, bool reverse);

  int64_t first() const { return first_; }
  int64_t sequences() const { return last_ - first_; }
  int64_t tokens() const { return tokens_; }
  const std::vector<Step>& steps() const { return steps_; }

  /// Sequences alive at a step that are before it too; the others begin there.
  int64_t going_on(size_t step) const;

  /// Rows of steps [first, last).
  int64_t rows(size_t first, size_t last) const {
    return steps_[last - 1].own + steps_[last - 1].count - steps_[first].own;
  }

  /// Steps [first, last) in groups [begin, end) of at most `most` rows, or of one step.
  std::vector<std::pair<size_t, size_t>> chunks(int64_t most, size_t first, size_t last) const;

  /// The rows of steps [first, last) of the batch's `rows`, side by side: where they are, or copied into `scratch`.
  const float* gather(size_t first, size_t last, const float* rows, int64_t width, Scratch& scratch) const;

  /// Calls work(own row, packed row, rows) for all steps from `first` to `last`, neighbours in both orders joined.
  template <class Work>
  void for_each_run(size_t first, size_t last, Work work) const {
    while (first < last) {
      auto [count, own, packed] = steps_[first++];
      for (; first < last && steps_[first].packed == packed + count; ++first) count += steps_[first].count;
      work(own, packed, count);
    }
  }

 private:
  int64_t first_, last_, tokens_ = 0;
  std::vector<Step> steps_;
};

/// At most `most` shares of about equal numbers of tokens.
std::vector<SubBatch> split(const std::vector<int64_t>& rows, bool reverse, int64_t most);

}  // namespace recur::engine::cpu
