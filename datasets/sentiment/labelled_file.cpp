#include "datasets/sentiment/labelled_file.h"

#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "datasets/text/lines.h"
#include "datasets/with_commas.h"

namespace recur {

void LabelledFile::add(std::string_view text, std::string_view label, int64_t line, std::string_view group) {
  text = trimmed(text);
  label = trimmed(label);
  if (text.empty()) {
    ++without_text;
  } else if (label.empty()) {
    ++without_label;
  } else {
    texts.emplace_back(text);
    labels.emplace_back(label);
    lines.push_back(line);
    groups.emplace_back(group);
  }
}

std::string LabelledFile::to_line() const {
  const auto name = std::filesystem::path(source).filename().string();
  auto line = fmt::format("{}: {} texts ({})", name, with_commas(size()), encoding);
  std::vector<std::string> left_out;
  if (without_text > 0) left_out.push_back(with_commas(without_text) + " without text");
  if (without_label > 0) left_out.push_back(with_commas(without_label) + " without label");
  if (!left_out.empty()) line += fmt::format("; left out: {}", fmt::join(left_out, ", "));
  return line;
}

}  // namespace recur
