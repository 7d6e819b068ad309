#include "core/error.h"

#include <fmt/format.h>

namespace recur {

std::string SourceLocation::to_string() const {
  if (line <= 0) return source;
  if (column <= 0) return fmt::format("{}:{}", source, line);
  return fmt::format("{}:{}:{}", source, line, column);
}

}  // namespace recur
