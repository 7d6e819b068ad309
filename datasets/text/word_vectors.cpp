#include "datasets/text/word_vectors.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/rand.h>

#include <fmt/format.h>

#include "core/error.h"
#include "core/special_tokens.h"
#include "datasets/catalog.h"
#include "datasets/text/byte_stream.h"
#include "datasets/with_commas.h"

namespace recur {
namespace {

static_assert(std::endian::native == std::endian::little, "word2vec's floats are copied as they are");

// Whole text as a number.
template <class Number>
std::optional<Number> parse(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

// word2vec's first line.
struct Header {
  int64_t words, dimensions;
};

std::optional<Header> parse_header(std::string_view line) {
  const auto blank = line.find(' ');
  if (blank == std::string_view::npos) return {};
  const auto words = parse<int64_t>(line.substr(0, blank)), dimensions = parse<int64_t>(line.substr(blank + 1));
  return words && dimensions && *dimensions > 0 ? std::optional(Header{*words, *dimensions}) : std::nullopt;
}

std::string_view without_line_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  return line;
}

// Fills the rows of the vocabulary's words.
class Loader {
 public:
  Loader(ByteStream& stream, const Vocabulary& vocabulary, const ReadProgress& progress)
      : stream_(stream), vocabulary_(vocabulary), progress_(progress), is_found_(vocabulary.size()) {}

  void load(const std::string& format) {
    const auto header = parse_header(without_line_end(stream_.peek_line()));
    if (header) {
      header_ = *header;
      begin(header->dimensions);
      stream_.line();
      line_ = 1;
    }
    // Of floats' bytes some are control characters, which no text has.
    const auto next = stream_.peek(1024);
    const bool is_binary = header && std::any_of(next.begin(), next.end(), [](char c) {
                             return c >= 0 && c < ' ' && c != '\n' && c != '\r' && c != '\t';
                           });
    if (format == "binary" && !header) fail("begins without the line \"words dimensions\" of word2vec's binary form");
    if (format == "binary" || (format == "auto" && is_binary)) {
      load_binary();
    } else {
      load_text();
    }
    if (header && rows_ < header_.words) {
      warning_ =
          fmt::format("; the file ends after {} of its {} words", with_commas(rows_), with_commas(header_.words));
    }
  }

  torch::Tensor weight(int64_t seed) const {
    if (found_.empty()) {
      throw DataError({stream_.source()},
                      "has none of the vocabulary's words: are the texts in its language, and lower "
                      "case where its words are?");
    }
    const auto ids = torch::tensor(found_);
    const auto rows = weight_.index_select(0, ids);
    const double bound = std::sqrt(3 * rows.var(/*unbiased=*/false).item<double>());
    // at::rand's seeds are spread like an epoch's: neighbours are far apart.
    const auto generator = at::detail::createCPUGenerator((static_cast<uint64_t>(seed) + 1) * 0x9E3779B97F4A7C15ULL);
    auto weight = (at::rand(weight_.sizes(), generator, torch::kFloat32) * 2 - 1) * bound;
    weight.index_copy_(0, ids, rows);
    weight[kPadToken].zero_();
    return weight;
  }

  int64_t found() const { return static_cast<int64_t>(found_.size()); }

  std::string report() const {
    int64_t all = 0, covered = 0;
    for (int64_t id = 0; id < vocabulary_.size(); ++id) all += vocabulary_.count(id);
    for (const auto id : found_) covered += vocabulary_.count(id);
    const auto words = vocabulary_.size() - 2;
    auto text =
        fmt::format("{}: {} dimensions, {} of {} words found ({:.1f} %)",
                    std::filesystem::path(stream_.source()).filename().string(), dimensions_, with_commas(found()),
                    with_commas(words), 100.0 * static_cast<double>(found()) / static_cast<double>(words));
    if (all > 0)
      text += fmt::format(", {:.1f} % of the tokens", 100.0 * static_cast<double>(covered) / static_cast<double>(all));
    return text + warning_;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const { throw DataError({stream_.source(), line_}, message); }

  void begin(int64_t dimensions) {
    dimensions_ = dimensions;
    weight_ = torch::zeros({vocabulary_.size(), dimensions}, torch::kFloat32);
  }

  // The row of a word that is wanted and not there yet.
  float* row_of(std::string_view word) {
    ++rows_;
    if (progress_ && rows_ % 1000 == 0) progress_(stream_.source(), stream_.position(), stream_.size());
    const auto id = vocabulary_.id(word);
    if (id == kUnknownToken || is_found_[id]) return nullptr;
    is_found_[id] = true;
    found_.push_back(id);
    return weight_.mutable_data_ptr<float>() + id * dimensions_;
  }

  void load_text() {
    while (!stream_.at_end()) {
      const auto whole = stream_.line();
      ++line_;
      const auto line = without_line_end(whole);
      if (line.empty()) continue;
      const auto blanks = std::count(line.begin(), line.end(), ' ');
      if (dimensions_ == 0) begin(std::max<int64_t>(blanks, 1));
      if (blanks < dimensions_) {
        if (!whole.ends_with('\n')) {
          warning_ = fmt::format("; line {}, the last, is cut off and left out", with_commas(line_));
          return;
        }
        fail(fmt::format("got {} numbers, expected a word and {}", blanks, dimensions_));
      }
      take_text_row(line);
    }
  }

  void take_text_row(std::string_view line) {
    auto end_of_word = line.size();
    for (int64_t k = 0; k < dimensions_; ++k) end_of_word = line.rfind(' ', end_of_word - 1);
    const auto word = line.substr(0, end_of_word);
    const auto blank = word.rfind(' ');  // in a word, as GloVe's ". . .", or a number too many
    if (blank != std::string_view::npos && parse<double>(word.substr(blank + 1))) {
      fail(fmt::format("got {} numbers or more, expected a word and {}", dimensions_ + 1, dimensions_));
    }
    auto* to = row_of(word);
    if (!to) return;
    for (auto rest = line.substr(end_of_word); !rest.empty();) {
      rest.remove_prefix(1);
      const auto field = rest.substr(0, rest.find(' '));
      const auto number = parse<double>(field);
      if (!number || !std::isfinite(*number)) {
        fail(fmt::format("got \"{:.40}\" in the vector of \"{:.40}\", expected a number", field, word));
      }
      *to++ = static_cast<float>(*number);
      rest.remove_prefix(field.size());
    }
  }

  void load_binary() {
    const auto bytes = static_cast<size_t>(dimensions_) * sizeof(float);
    for (line_ = 1; line_ <= header_.words; ++line_) {
      auto next = stream_.peek(1);
      if (next.starts_with('\n')) stream_.skip(1);  // word2vec ends each row by one, others do not
      constexpr size_t kLongest = 1 << 16;
      next = stream_.peek(kLongest + bytes);
      const auto length = next.find(' ');
      if (length == std::string_view::npos && next.size() >= kLongest)
        fail("a row without a word, expected a word and a blank");
      if (length == std::string_view::npos || next.size() < length + 1 + bytes) return;  // cut off
      if (auto* to = row_of(next.substr(0, length))) {
        std::memcpy(to, next.data() + length + 1, bytes);
        if (!std::all_of(to, to + dimensions_, [](float x) { return std::isfinite(x); })) {
          fail(fmt::format("the vector of \"{:.40}\" holds what is no finite number", next.substr(0, length)));
        }
      }
      stream_.skip(length + 1 + bytes);
    }
  }

  ByteStream& stream_;
  const Vocabulary& vocabulary_;
  const ReadProgress& progress_;
  Header header_{};
  int64_t dimensions_ = 0;
  int64_t line_ = 0;  // of a binary file, the row
  int64_t rows_ = 0;
  torch::Tensor weight_;  // [V, D], zero where no vector is found
  std::vector<bool> is_found_;
  std::vector<int64_t> found_;  // ids
  std::string warning_;
};

// "vectors.zip:name.txt" -> the archive and the file inside; "" for a file that is named alone.
std::pair<std::filesystem::path, std::string> split_name(const std::string& file) {
  const auto colon = file.rfind(".zip:");
  if (colon == std::string::npos || std::filesystem::exists(file)) return {find_data_file(file), ""};
  return {find_data_file(file.substr(0, colon + 4)), file.substr(colon + 5)};
}

}  // namespace

WordVectors load_word_vectors(const WordVectorOptions& options, const Vocabulary& vocabulary, int64_t seed,
                              const ReadProgress& progress) {
  const auto [path, inner] = split_name(options.file);
  ByteStream stream(path, inner);
  Loader loader(stream, vocabulary, progress);
  loader.load(options.format);
  return {.weight = loader.weight(seed),
          .found = loader.found(),
          .vocabulary = vocabulary.size() - 2,
          .report = loader.report()};
}

}  // namespace recur
