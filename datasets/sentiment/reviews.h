// The built-in reviews: no download, the same on every machine, and with a label that depends on the order of words.
#pragma once

#include <cstdint>

#include "datasets/sentiment/labelled_file.h"

namespace recur {

/// Made-up film reviews, half of them "positive", half "negative", no two alike; 15 words on average, 25 or fewer in 19
/// of 20.  There is only one series: the first n reviews are the same whatever is asked for.
///
/// A review is one to three clauses, between neutral openings and closings:
///
///   clause    the plot was [modifier] dull    |  we [could not] enjoy the acting    |  [nobody would] call it clever
///   negation  of ten clauses four say the opposite of their word: "far from good", "never boring", "anything but"
///   strength  "very", "truly", "nothing short of": the word means what it says
///   contrast  "the plot was dull, but the ending was wonderful": the last clause is the reviewer's opinion;
///             "and" joins clauses of the same opinion, "but", "yet" and "although" clauses of opposite ones
///
/// Word by word, a review thus says little: good words stand in three of five good clauses.  Whoever reads the last
/// clause with its negation knows the label.
LabelledFile simulate_reviews(int64_t examples);

}  // namespace recur
