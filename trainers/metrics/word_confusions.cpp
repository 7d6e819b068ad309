#include "trainers/metrics/word_confusions.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <utility>

#include "trainers/log/format.h"

namespace recur {
namespace {

using Texts = std::span<const std::string>;
using Kind = Edit::Kind;
using Counts = std::map<std::pair<std::string, std::string>, int64_t>;

AlignedTranscript aligned(int64_t index, const std::string& hypothesis, const std::string& reference) {
  AlignedTranscript made{.index = index,
                         .reference = transcript_words(reference),
                         .hypothesis = transcript_words(hypothesis),
                         .edits = {},
                         .errors = {}};
  made.edits = shortest_edits(made.reference, made.hypothesis);
  made.errors = count_errors(made.edits);
  return made;
}

std::vector<AlignedTranscript> aligned_corpus(Texts hypotheses, Texts references) {
  check_transcripts(hypotheses, references);
  std::vector<AlignedTranscript> all;
  for (size_t k = 0; k < references.size(); ++k) {
    all.push_back(aligned(static_cast<int64_t>(k), hypotheses[k], references[k]));
  }
  return all;
}

std::vector<WordConfusion> most_frequent_first(const Counts& counts) {
  std::vector<WordConfusion> sorted;
  for (const auto& [words, count] : counts) sorted.push_back({words.first, words.second, count});
  std::ranges::stable_sort(sorted, std::greater{}, &WordConfusion::count);
  return sorted;
}

/// Three lines that grow by columns.
class Lines {
 public:
  void add(const std::string& reference, const std::string& hypothesis, const char* mark) {
    const int width = column_width(reference, hypothesis);
    append(lines_[0], reference, width);
    append(lines_[1], hypothesis, width);
    append(lines_[2], mark, width);
    width_ += width + 1;
  }

  static int column_width(const std::string& reference, const std::string& hypothesis) {
    return std::max({display_width(reference), display_width(hypothesis), 1});
  }

  int width() const { return width_; }  // without the blank that would follow

  std::string to_string() const {
    std::string text;
    for (const auto& line : lines_) text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    return text;
  }

 private:
  static void append(std::string& line, const std::string& cell, int width) {
    line += ' ' + std::string(static_cast<size_t>(width - display_width(cell)), ' ') + cell;
  }

  std::array<std::string, 3> lines_ = {"REF:", "HYP:", "    "};
  int width_ = 4;
};

}  // namespace

WordConfusions word_confusions(Texts hypotheses, Texts references) {
  Counts substitutions, deletions, insertions;
  for (const auto& transcript : aligned_corpus(hypotheses, references)) {
    const auto said = [&](const Edit& edit) { return transcript.reference[static_cast<size_t>(edit.reference)]; };
    const auto heard = [&](const Edit& edit) { return transcript.hypothesis[static_cast<size_t>(edit.hypothesis)]; };
    for (const auto& edit : transcript.edits) {
      if (edit.kind == Kind::kSubstitution) ++substitutions[{said(edit), heard(edit)}];
      if (edit.kind == Kind::kDeletion) ++deletions[{said(edit), ""}];
      if (edit.kind == Kind::kInsertion) ++insertions[{"", heard(edit)}];
    }
  }
  return {.substitutions = most_frequent_first(substitutions),
          .deletions = most_frequent_first(deletions),
          .insertions = most_frequent_first(insertions)};
}

std::vector<AlignedTranscript> worst_transcripts(Texts hypotheses, Texts references, int64_t count) {
  auto all = aligned_corpus(hypotheses, references);
  std::erase_if(all, [](const AlignedTranscript& t) { return t.errors.edits() == 0; });
  std::ranges::stable_sort(all, {},
                           [](const AlignedTranscript& t) { return std::pair(-t.errors.edits(), t.errors.reference); });
  if (std::ssize(all) > count) all.resize(static_cast<size_t>(std::max<int64_t>(count, 0)));
  return all;
}

std::string alignment_text(const AlignedTranscript& transcript, int width) {
  std::string text;
  Lines lines;
  bool empty = true;
  for (const auto& edit : transcript.edits) {
    std::string said, heard;
    if (edit.kind != Kind::kInsertion) said = printable(transcript.reference[static_cast<size_t>(edit.reference)]);
    if (edit.kind != Kind::kDeletion) heard = printable(transcript.hypothesis[static_cast<size_t>(edit.hypothesis)]);
    if (edit.kind == Kind::kInsertion) said.assign(static_cast<size_t>(std::max(display_width(heard), 1)), '*');
    if (edit.kind == Kind::kDeletion) heard.assign(static_cast<size_t>(std::max(display_width(said), 1)), '*');
    if (width > 0 && !empty && lines.width() + 1 + Lines::column_width(said, heard) > width) {
      text += lines.to_string() + "\n";
      lines = {};
    }
    constexpr const char* kMarks[] = {"", "S", "D", "I"};
    lines.add(said, heard, kMarks[static_cast<size_t>(edit.kind)]);
    empty = false;
  }
  return text + lines.to_string();
}

}  // namespace recur
