// The two tables of a comparison, for the terminal and for the page.  Internal to comparison*.cpp.
#pragma once

#include <string>

#include "trainers/log/comparison.h"
#include "trainers/log/table.h"

namespace recur {

/// What differs between the configs.  Few runs are columns, many are rows.  `width`: columns of a terminal that a value
/// may take; 0: any number.
Table difference_table(const Comparison& comparison, int width);

/// Metrics ("*" marks the best), parameters, steps and time, laid out likewise.
Table result_table(const Comparison& comparison);

/// "Results on the test split", as far as there is one.
std::string result_title(const Comparison& comparison);

}  // namespace recur
