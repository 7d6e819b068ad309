// A share of a packed batch: some of its sequences, as a batch of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

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
