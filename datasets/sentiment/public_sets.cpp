#include "datasets/sentiment/public_sets.h"

#include <filesystem>

#include <fmt/format.h>

#include "core/error.h"
#include "core/files.h"
#include "datasets/catalog.h"
#include "datasets/text/encoding.h"
#include "datasets/text/lines.h"

namespace recur {
namespace {

// Reads one of the format's files and gives each line to `take(file, line, place)`.
template <class Take>
LabelledFile read_lines(const SentimentDataOptions& options, const std::string& name, const std::string& usual_encoding,
                        Take take) {
  const std::filesystem::path folder = options.folder.empty() ? find_data(options.format).folder : options.folder;
  const auto path = find_data_file(folder / name);
  LabelledFile file{.source = path.string(),
                    .encoding = options.encoding == "auto" ? usual_encoding : options.encoding};
  const auto text = decode_text(read_file(path), file.encoding, file.source);
  for_each_line(text, [&](std::string_view line, int64_t number) { take(file, line, number); });
  return file;
}

void take_sst2(LabelledFile& file, std::string_view line, int64_t number) {
  const auto tab = line.rfind('\t');
  if (tab == std::string_view::npos) {
    if (trimmed(line).empty()) return;
    throw DataError({file.source, number}, "no tab, expected sentence<TAB>label");
  }
  const auto label = trimmed(line.substr(tab + 1));
  if (number == 1 && trimmed(line.substr(0, tab)) == "sentence" && label == "label") return;
  if (!label.empty() && label != "0" && label != "1") {
    throw DataError({file.source, number},
                    fmt::format("label \"{:.40}\", expected 0 (negative) or 1 (positive): is this "
                                "the SST-2 file of sentence<TAB>label, with labels?",
                                label));
  }
  file.add(line.substr(0, tab), label.empty() ? "" : label == "1" ? "positive" : "negative", number);
}

}  // namespace

LabelledFiles read_sst2(const SentimentDataOptions& options) {
  return {.train = {read_lines(options, "train.tsv", "utf-8", take_sst2)},
          .validation = {read_lines(options, "dev.tsv", "utf-8", take_sst2)},
          .test = {read_lines(options, "test.tsv", "utf-8", take_sst2)}};
}

LabelledFiles read_mr(const SentimentDataOptions& options) {
  LabelledFiles files;
  for (const auto& [name, label] :
       {std::pair{"rt-polarity.neg", "negative"}, std::pair{"rt-polarity.pos", "positive"}}) {
    files.train.push_back(read_lines(
        options, name, "windows-1252",
        [label = label](LabelledFile& file, std::string_view line, int64_t number) { file.add(line, label, number); }));
  }
  return files;
}

LabelledFiles read_trec(const SentimentDataOptions& options) {
  const auto take = [&](LabelledFile& file, std::string_view line, int64_t number) {
    if (trimmed(line).empty()) return;
    const auto blank = line.find(' ');
    const auto colon = line.substr(0, blank).find(':');
    if (blank == std::string_view::npos || colon == std::string_view::npos) {
      throw DataError({file.source, number},
                      fmt::format("begins with \"{:.40}\", expected COARSE:fine question", line));
    }
    file.add(line.substr(blank), line.substr(0, options.fine_labels ? blank : colon), number);
  };
  return {.train = {read_lines(options, "train_5500.label", "latin-1", take)},
          .test = {read_lines(options, "TREC_10.label", "latin-1", take)}};
}

}  // namespace recur
