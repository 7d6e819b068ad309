#include "datasets/language/read_language.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/names.h"
#include "core/scramble.h"
#include "datasets/catalog.h"
#include "datasets/language/brackets.h"
#include "datasets/text/lines.h"
#include "datasets/text/utf8.h"
#include "datasets/with_commas.h"

namespace recur {
namespace {

int64_t count_characters(std::string_view text) {
  // Of a character's bytes, those behind the first are 10xxxxxx.
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

// A file's text with LF for CRLF, and its line in the report.
std::string read_text(const std::filesystem::path& name, const std::string& encoding, const ReadProgress& progress,
                      std::vector<std::string>& report) {
  const auto path = find_data_file(name);
  auto text = read_packed_text(path, encoding, progress);
  size_t end = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\r' || at + 1 == text.size() || text[at + 1] != '\n') text[end++] = text[at];
  }
  text.resize(end);
  if (text.empty()) throw DataError({path.string()}, "is empty");
  const auto lines = std::ranges::count(text, '\n') + (text.ends_with('\n') ? 0 : 1);
  report.push_back(fmt::format("{}: {} characters, {} lines", path.filename().string(),
                               with_commas(count_characters(text)), with_commas(lines)));
  return text;
}

LanguageData read_ptb(const LanguageDataOptions& options, const ReadProgress& progress) {
  const std::filesystem::path folder = options.folder.empty() ? find_data("ptb").folder : options.folder;
  LanguageData data;
  for (const auto& [split, name] :
       {std::pair{&data.train, "ptb.train.txt"}, std::pair{&data.validation, "ptb.valid.txt"},
        std::pair{&data.test, "ptb.test.txt"}}) {
    *split = read_text(folder / name, "utf-8", progress, data.report);
  }
  return data;
}

// Cuts the last `characters` characters off, fewer if there is a character of `borders` to cut behind.
std::string cut_end(std::string& text, int64_t characters, std::string_view borders) {
  size_t at = text.size();
  for (; characters > 0 && at > 0; --characters) {
    do --at;
    while ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  }
  // Behind the border: a cut that lies behind one already stays.
  if (const auto border = text.find_first_of(borders, at == 0 ? 0 : at - 1); border < text.size() - 1) at = border + 1;
  auto end = text.substr(at);
  text.resize(at);
  return end;
}

LanguageData read_texts(const LanguageDataOptions& options, const ReadProgress& progress) {
  LanguageData data;
  const auto read = [&](const std::string& name) {
    return name.empty() ? std::string() : read_text(name, options.encoding, progress, data.report);
  };
  data.train = read(options.train);
  data.validation = read(options.validation);
  data.test = read(options.test);
  const auto total = static_cast<double>(count_characters(data.train));
  const std::string_view borders = options.text.tokenizer == "character" ? ""
                                   : options.line_ends == "token"        ? "\n"
                                                                         : " \t\n";
  const auto carve = [&](std::string& part, const std::string& file, double share, const std::string& name) {
    if (!file.empty() || share == 0) return;
    // Rounded up, but not because a product of decimal numbers is a hair above the whole number that it should be.
    part = cut_end(data.train, static_cast<int64_t>(std::ceil(share * total - 1e-6)), borders);
    data.report.push_back(
        fmt::format("{}: {} characters from the end of train", name, with_commas(count_characters(part))));
  };
  carve(data.test, options.test, options.test_fraction, "test");
  carve(data.validation, options.validation, options.validation_fraction, "validation");
  return data;
}

LanguageData draw_brackets(int64_t characters, int64_t seed) {
  const auto seed_of = [&](uint64_t split) {
    return static_cast<int64_t>(scrambled(static_cast<uint64_t>(seed)) + split);
  };
  const int64_t tenth = characters / 10;
  LanguageData data{.train = simulate_brackets(characters - 2 * tenth, seed_of(0)),
                    .validation = simulate_brackets(tenth, seed_of(1)),
                    .test = simulate_brackets(tenth, seed_of(2)),
                    .report = {}};
  data.report.push_back(fmt::format(
      "brackets: {} characters for training, {} for validation, {} for test; no model is expected below {:.4f} nats a "
      "character of the validation split, {:.4f} of the test split",
      with_commas(characters - 2 * tenth), with_commas(tenth), with_commas(tenth), bracket_nats(data.validation),
      bracket_nats(data.test)));
  return data;
}

void treat_line_ends(std::string& text, const std::string& how) {
  if (how == "blank") {
    std::ranges::replace(text, '\n', ' ');
  } else if (how == "token") {
    std::string treated;
    treated.reserve(text.size() + text.size() / 8);
    for_each_line(text, [&](std::string_view line, int64_t) {
      line = trimmed(line);
      treated.append(line).append(line.empty() ? "<eos> " : " <eos> ");
    });
    text = std::move(treated);
  } else if (how != "keep") {
    throw ConfigError(fmt::format("line_ends: got \"{}\", expected keep, token or blank{}", how,
                                  did_you_mean(how, {"keep", "token", "blank"})));
  }
}

LanguageData read_format(const LanguageDataOptions& options, int64_t seed, const ReadProgress& progress) {
  if (options.format == "brackets") return draw_brackets(options.simulate_tokens, seed);
  if (options.format == "ptb") return read_ptb(options, progress);
  if (options.format == "text") return read_texts(options, progress);
  throw ConfigError(fmt::format("format: got \"{}\", expected brackets, text or ptb{}", options.format,
                                did_you_mean(options.format, {"brackets", "text", "ptb"})));
}

}  // namespace

LanguageData read_language(const LanguageDataOptions& options, int64_t seed, const ReadProgress& progress) {
  auto data = read_format(options, seed, progress);
  for (const auto& [name, split] : {std::pair{"training", &data.train}, std::pair{"validation", &data.validation}}) {
    if (split->empty()) {
      throw DataError(
          fmt::format("no {} text; give more, or set data.validation_fraction and data.test_fraction", name));
    }
  }
  for (auto* split : {&data.train, &data.validation, &data.test}) {
    treat_line_ends(*split, options.format == "ptb" ? "token" : options.line_ends);
  }
  return data;
}

}  // namespace recur
