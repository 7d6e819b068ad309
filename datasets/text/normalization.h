// A text's one spelling: HTML line breaks, Unicode normalization form, lower case, in this order.
#pragma once

#include <string>
#include <string_view>

#include "datasets/text/options.h"

namespace recur {

/// Applies `options.html_breaks`, `.normalization` and `.lowercase`.
/// Lower case is Unicode's simple mapping, one code point to one: no rule of a language (a Turkish dotted I becomes i,
/// a final sigma stays a plain one), and no letter that becomes two.
/// @throws DataError for a text that is not UTF-8.
std::string normalize_text(std::string_view text, const TextOptions& options);

/// Each <br>, <br/> or <br /> (any case, any blanks behind "br" and the slash) becomes one blank.
std::string html_breaks_to_blanks(std::string_view text);

}  // namespace recur
