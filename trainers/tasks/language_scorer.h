#pragma once

#include <memory>
#include <string>

#include "datasets/text/vocabulary.h"
#include "models/search/ctc.h"

namespace recur {

/// A language model of the zoo for the prefixes of a CTC search: the best weights of a run of the task `language`,
/// whose tokens are of the same kind as the transcriber's (characters for characters).  An utterance is read as a line
/// of its text: behind a line end, and ended by one, where its vocabulary has it, else behind a blank.  A token that it
/// does not know has the probability of its unknown one.
/// @param run        the run's folder
/// @param vocabulary, tokenizer  the transcriber's
/// @throws CheckpointError, DataError  if there is no such run;  ConfigError  if it is of another task or tokenizer
std::unique_ptr<PrefixScorer> language_scorer(const std::string& run, const Vocabulary& vocabulary,
                                              const std::string& tokenizer);

}  // namespace recur
