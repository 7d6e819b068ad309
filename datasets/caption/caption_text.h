// A caption as it is written in a file, and as a captioner learns it.
#pragma once

#include <string>
#include <string_view>

namespace recur {

/// `caption` (UTF-8) with one blank between words and none around them, whatever blanks and line ends it had; with
/// `punctuation` false without Unicode's punctuation and ASCII's symbols, wherever they stand, as Karpathy's
/// preprocessing has it: "A man's t-shirt ." becomes "A mans tshirt".
std::string clean_caption(std::string_view caption, bool punctuation);

}  // namespace recur
