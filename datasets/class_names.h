// Words as classes.
#pragma once

#include <string>
#include <vector>

namespace recur {

/// Each label once: in the order of their numbers if all are numbers, else by bytes.  `source` is what errors call
/// the labels' files.
/// @throws DataError  if there are less than two.
std::vector<std::string> class_names(std::vector<std::string> labels, const std::string& source);

}  // namespace recur
