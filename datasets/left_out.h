#pragma once

#include <string>
#include <utility>
#include <vector>

namespace recur {

/// What of a data set is not used, and why, counted for a person.
class LeftOut {
 public:
  void add(const std::string& why, const std::string& name);
  bool empty() const { return names_.empty(); }
  /// "5,247 absent (a.jpg, b.jpg, c.jpg, ...); 2 without captions (d.jpg, e.jpg)": by reason, in the order in which the
  /// reasons came up; "" for nothing.
  std::string to_string() const;

 private:
  std::vector<std::pair<std::string, std::vector<std::string>>> names_;  // of each reason
};

}  // namespace recur
