// Shared by the files of core/config_*.cpp; others want core/config_tree.h.
#pragma once

#include <string>
#include <string_view>

#include "core/config_tree.h"

namespace recur {

/// Any YAML value; nothing at all is null.  Without lines (an override), locations are `source` alone.
ConfigNode read_yaml(std::string_view text, const std::string& source, bool with_lines);

}  // namespace recur
