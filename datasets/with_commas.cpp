#include "datasets/with_commas.h"

#include <fmt/format.h>

namespace recur {

std::string with_commas(int64_t number) {
  std::string text;
  for (; number >= 1000; number /= 1000) text = fmt::format(",{:03}", number % 1000) + text;
  return std::to_string(number) + text;
}

}  // namespace recur
