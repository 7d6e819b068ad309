#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <ATen/core/ivalue.h>

#include "models/search/search.h"
#include "trainers/export.h"
#include "trainers/tasks/taught_sentences.h"

namespace recur {

/// Holds what exports write against what the program writes, example by example.  Where two tokens are as likely,
/// rounding decides between them: what an export wrote must then be as likely to the model as the export says.
class WrittenCheck {
 public:
  explicit WrittenCheck(ExportCheck& check) : check_(check) {}

  /// @param written              what the export's `write` gave: (List[int], float)
  /// @param ours                 the program's tokens
  /// @param our_log_probability  theirs
  /// @param log_probability      what the model says of other tokens; empty: nothing is compared of these
  /// @returns                    the export's tokens
  std::vector<int64_t> compare(const c10::IValue& written, const std::vector<int64_t>& ours, double our_log_probability,
                               const std::function<double(const std::vector<int64_t>& theirs)>& log_probability);

  int64_t compared() const { return compared_; }
  int64_t others() const { return others_; }  ///< in which the tokens differ
  /// Adds a note on the others, if there are any; `what` is a plural, e.g. "captions".
  void tell(const std::string& what, TorchScriptExport& exported) const;

 private:
  ExportCheck& check_;
  int64_t compared_ = 0, others_ = 0;
};

/// Compares the sentence that `model`, a Captioner or a Translator, writes from `start`; it is taught the export's own.
/// @returns  the export's tokens
template <class Model>
std::vector<int64_t> compare_search(WrittenCheck& check, const c10::IValue& written, Model& model,
                                    const DecoderStart& start, const SearchOptions& search) {
  const auto best = best_of_search(model->decoding(start), search).front();
  return check.compare(written, best.tokens, best.log_probability, [&](const std::vector<int64_t>& theirs) {
    // A sentence that has ended has a step less to its tokens.
    const bool cut_off = std::ssize(theirs) == search.max_length;
    const auto taught = cut_off ? taught_beginning(theirs) : taught_sentences({theirs});
    const Decoded decoded = model->forward(start, taught.read.to(start.state.front().device()), taught.lengths);
    return sentence_log_probabilities(decoded, taught).item<double>();
  });
}

}  // namespace recur
