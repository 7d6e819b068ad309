// A page that recur writes: one HTML file without scripts that asks for nothing else, in light and dark, read from the
// width of a phone on.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace recur {

/// The whole page around `body`, with the styles of charts (chart.h), tables, facts and what else pages share.
/// @param title  of the window; escaped
/// @param body   HTML, put in as it is
std::string html_page(std::string_view title, std::string_view body);

/// The page's heading: its title, and one sentence below it if there is one.  Both are escaped.
std::string html_heading(std::string_view title, std::string_view subtitle);

/// A row of small cards, each a name over its value, e.g. {"parameters", "132,609"}.  Escaped.
std::string html_facts(const std::vector<std::pair<std::string, std::string>>& facts);

}  // namespace recur
