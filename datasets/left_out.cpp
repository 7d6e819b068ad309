#include "datasets/left_out.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "datasets/with_commas.h"

namespace recur {

void LeftOut::add(const std::string& why, const std::string& name) {
  auto entry = std::ranges::find(names_, why, &std::pair<std::string, std::vector<std::string>>::first);
  if (entry == names_.end()) entry = names_.insert(names_.end(), {why, {}});
  entry->second.push_back(name);
}

std::string LeftOut::to_string() const {
  constexpr size_t kShown = 3;
  std::vector<std::string> parts;
  for (const auto& [why, names] : names_) {
    const std::vector<std::string> shown(names.begin(), names.begin() + std::min(names.size(), kShown));
    parts.push_back(fmt::format("{} {} ({}{})", with_commas(static_cast<int64_t>(names.size())), why,
                                fmt::join(shown, ", "), names.size() > kShown ? ", ..." : ""));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace recur
