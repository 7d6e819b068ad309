// What is known of the options, as a table in Markdown or as columns on a terminal.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/options.h"

namespace recur {
namespace {

std::string code(const std::string& text) {
  return text.empty() ? "" : "`" + text + "`";
}

/// A cell of a table must not hold the table's own separator.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? "\\|" : std::string(1, c);
  return out;
}

void write_table(const OptionsDoc& doc, const std::string& path, int level, std::string& out) {
  out += "| key | type | default | range | what it is |\n|---|---|---|---|---|\n";
  for (const OptionsDoc& child : doc.children) {
    out +=
        fmt::format("| `{}` | {} | {} | {} | {} |\n", child.key, child.type,
                    child.required ? "required" : cell(code(child.default_text)), cell(child.range), cell(child.doc));
  }
  for (const OptionsDoc& child : doc.children) {
    if (child.children.empty()) continue;
    const std::string child_path = path.empty() ? child.key : path + "." + child.key;
    out += fmt::format("\n{} `{}`\n{}\n\n", std::string(level, '#'), child_path, child.doc);
    write_table(child, child_path, level, out);
  }
}

using Row = std::array<std::string, 4>;  // key, type, default, doc and range

void collect_rows(const OptionsDoc& doc, const std::string& indent, std::vector<Row>& rows) {
  for (const OptionsDoc& child : doc.children) {
    const std::string range = child.range.empty() ? "" : " (" + child.range + ")";
    rows.push_back(
        {indent + child.key, child.type, child.required ? "required" : child.default_text, child.doc + range});
    collect_rows(child, indent + "  ", rows);
  }
}

}  // namespace

std::string to_markdown(const OptionsDoc& doc, const std::string& title, int level) {
  std::string out;
  if (!title.empty()) out += fmt::format("{} {}\n\n", std::string(level, '#'), title);
  write_table(doc, "", level + 1, out);
  return out;
}

std::string to_text(const OptionsDoc& doc) {
  std::vector<Row> rows;
  collect_rows(doc, "", rows);
  std::array<size_t, 3> widths{};
  for (const Row& row : rows) {
    for (size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const Row& row : rows) {
    for (size_t i = 0; i < widths.size(); ++i) out += fmt::format("{:<{}}  ", row[i], widths[i]);
    out += row[3] + '\n';
  }
  return out;
}

}  // namespace recur
