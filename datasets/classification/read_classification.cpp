#include "datasets/classification/read_classification.h"

#include <algorithm>
#include <filesystem>
#include <unordered_map>

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/names.h"
#include "datasets/catalog.h"
#include "datasets/class_names.h"
#include "datasets/classification/idx.h"
#include "datasets/classification/spirals.h"
#include "datasets/classification/table.h"
#include "datasets/splits.h"
#include "datasets/with_commas.h"

namespace recur {
namespace {

/// A part of the data before its classes have numbers.
struct Part {
  struct Source {
    std::string path;
    int64_t examples = 0;
  };
  std::vector<Source> sources = {};
  torch::Tensor inputs = {};             // undefined: there is no such part
  std::vector<std::string> labels = {};  // words
  std::vector<int64_t> lines = {};       // of a table
  std::vector<std::string> columns = {};

  int64_t size() const { return static_cast<int64_t>(labels.size()); }
  /// All of it.
  std::string source() const {
    std::vector<std::string> paths;
    for (const auto& one : sources) paths.push_back(one.path);
    return fmt::format("{}", fmt::join(paths, ", "));
  }
  /// Where an example stands.
  SourceLocation place(int64_t example) const {
    size_t file = 0;
    for (int64_t left = example; left >= sources[file].examples; ++file) left -= sources[file].examples;
    return {sources[file].path, lines.empty() ? 0 : lines[example]};
  }
};

struct Parts {
  Part train, validation, test;
};

std::string name_of(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

std::vector<std::string> words_of(const torch::Tensor& labels) {
  std::vector<std::string> words;
  const auto numbers = labels.to(torch::kInt64);
  for (int64_t k = 0; k < numbers.size(0); ++k)
    words.push_back(fmt::format("{}", numbers.const_data_ptr<int64_t>()[k]));
  return words;
}

Part read_idx_part(const std::string& inputs_file, const std::string& labels_file, std::vector<std::string>& report) {
  const auto labels_path = find_data_file(labels_file);
  const auto labels = read_idx(labels_path);
  if (labels.dim() != 1 || labels.is_floating_point()) {
    throw DataError({labels_path.string()},
                    fmt::format("got {} [{}], expected labels: whole numbers [N]", c10::toString(labels.scalar_type()),
                                fmt::join(labels.sizes(), ", ")));
  }
  const auto path = find_data_file(inputs_file).string();
  Part part{.sources = {{path, labels.size(0)}}, .inputs = read_idx_inputs(inputs_file)};
  if (part.inputs.size(0) != labels.size(0)) {
    throw DataError({path}, fmt::format("{} examples, but {} labels in {}", part.inputs.size(0), labels.size(0),
                                        labels_path.string()));
  }
  part.labels = words_of(labels);
  const bool images = part.inputs.dim() == 3;
  report.push_back(fmt::format("{}: {} {} of {}", name_of(path), with_commas(part.size()),
                               images ? "images" : "vectors",
                               fmt::join(part.inputs.sizes().slice(1), images ? " x " : "")));
  for (int64_t k = 1; !images && k <= part.inputs.size(1); ++k) part.columns.push_back(fmt::format("{}", k));
  return part;
}

Part read_table_part(const std::vector<std::string>& files, NumberColumns columns, std::vector<std::string>& report) {
  Part part;
  std::vector<torch::Tensor> values;
  for (const auto& file : files) {
    const auto table = read_number_table(file, columns);
    part.columns = columns.features = table.columns;  // the other files' columns are those of the first
    part.sources.push_back({table.source, table.rows()});
    part.lines.insert(part.lines.end(), table.lines.begin(), table.lines.end());
    part.labels.insert(part.labels.end(), table.labels.begin(), table.labels.end());
    values.push_back(table.values);
    report.push_back(fmt::format(
        "{}: {} rows of {} numbers{}", name_of(table.source), with_commas(table.rows()), table.columns.size(),
        table.without_label > 0 ? fmt::format("; left out: {} without label", with_commas(table.without_label)) : ""));
  }
  if (!values.empty()) part.inputs = at::cat(values);
  return part;
}

Parts read_tables(const ClassificationDataOptions& options, std::vector<std::string>& report) {
  Parts parts{.train = read_table_part(options.train, options.table, report), .validation = {}, .test = {}};
  auto columns = options.table;
  columns.features = parts.train.columns;
  parts.validation = read_table_part(options.validation, columns, report);
  parts.test = read_table_part(options.test, columns, report);
  return parts;
}

Parts read_idx_files(const ClassificationDataOptions& options, std::vector<std::string>& report) {
  const auto read = [&](const std::vector<std::string>& files) {
    return files.empty() ? Part{} : read_idx_part(files.at(0), files.at(1), report);
  };
  return {.train = read(options.train), .validation = read(options.validation), .test = read(options.test)};
}

Parts read_mnist(const ClassificationDataOptions& options, std::vector<std::string>& report) {
  const std::filesystem::path folder = options.folder.empty() ? find_data("mnist").folder : options.folder;
  const auto read = [&](const std::string& name) {
    // As published, or unpacked.
    const auto file = [&](const std::string& kind) {
      const auto plain = folder / (name + kind);
      const bool unpacked = std::filesystem::exists(plain) || std::filesystem::exists(data_directory() / plain);
      return plain.string() + (unpacked ? "" : ".gz");
    };
    return read_idx_part(file("-images-idx3-ubyte"), file("-labels-idx1-ubyte"), report);
  };
  return {.train = read("train"), .validation = {}, .test = read("t10k")};
}

Parts simulated(const ClassificationDataOptions& options, int64_t seed, std::vector<std::string>& report) {
  const auto spirals =
      simulate_spirals(options.simulate_examples, options.simulate_classes, options.simulate_noise, seed);
  report.push_back(fmt::format("{} points on {} spirals, drawn with seed {}", with_commas(options.simulate_examples),
                               options.simulate_classes, seed));
  return {.train = {.sources = {{"spirals", options.simulate_examples}},
                    .inputs = spirals.points,
                    .labels = words_of(spirals.arms),
                    .columns = {"x", "y"}},
          .validation = {},
          .test = {}};
}

Parts read_parts(const ClassificationDataOptions& options, int64_t seed, std::vector<std::string>& report) {
  if (options.format == "spirals") return simulated(options, seed, report);
  if (options.format == "mnist") return read_mnist(options, report);
  if (options.format == "idx") return read_idx_files(options, report);
  if (options.format == "table") return read_tables(options, report);
  throw ConfigError(fmt::format("format: got \"{}\", expected spirals, mnist, idx or table{}", options.format,
                                did_you_mean(options.format, {"spirals", "mnist", "idx", "table"})));
}

LabelledExamples numbered(const Part& part, const Part& train, const std::vector<std::string>& names) {
  if (!part.inputs.defined()) {
    return {.inputs = train.inputs.narrow(0, 0, 0), .labels = at::empty({0}, torch::kInt64)};
  }
  const auto sizes = part.inputs.sizes().slice(1), expected = train.inputs.sizes().slice(1);
  if (sizes != expected || part.inputs.scalar_type() != train.inputs.scalar_type()) {
    throw DataError({part.source()}, fmt::format("examples of [{}], in the training part they are of [{}]",
                                                 fmt::join(sizes, ", "), fmt::join(expected, ", ")));
  }
  std::unordered_map<std::string, int64_t> ids;
  for (const auto& name : names) ids.emplace(name, static_cast<int64_t>(ids.size()));
  std::vector<int64_t> labels;
  for (int64_t k = 0; k < part.size(); ++k) {
    const auto& label = part.labels[k];
    const auto id = ids.find(label);
    if (id == ids.end()) {
      throw DataError(part.place(k),
                      fmt::format("label \"{}\" does not occur in the training part, whose labels are {}{}", label,
                                  fmt::join(names, ", "), did_you_mean(label, names)));
    }
    labels.push_back(id->second);
  }
  return {.inputs = part.inputs, .labels = at::tensor(labels, torch::kInt64)};
}

/// Takes a stratified share of the examples away from `from`.
LabelledExamples carve(LabelledExamples& from, double fraction, int64_t seed) {
  const auto* labels = from.labels.const_data_ptr<int64_t>();
  const auto is_chosen = stratified_part({labels, labels + from.size()}, fraction, seed);
  std::vector<int64_t> chosen, rest;
  for (int64_t k = 0; k < from.size(); ++k) (is_chosen[k] ? chosen : rest).push_back(k);
  const auto pick = [&](const std::vector<int64_t>& indices) -> LabelledExamples {
    const auto index = at::tensor(indices, torch::kInt64);
    return {.inputs = from.inputs.index_select(0, index), .labels = from.labels.index_select(0, index)};
  };
  auto part = pick(chosen);
  from = pick(rest);
  return part;
}

}  // namespace

torch::Tensor read_idx_inputs(const std::string& file) {
  const auto path = find_data_file(file);
  const auto inputs = read_idx(path);
  const bool images = inputs.dim() == 3 && inputs.scalar_type() == torch::kUInt8;
  if ((!images && inputs.dim() != 2) || inputs.numel() == 0) {
    throw DataError(
        {path.string()},
        fmt::format("got {} [{}], expected one image of bytes or more [N, height, width], or vectors [N, F]",
                    c10::toString(inputs.scalar_type()), fmt::join(inputs.sizes(), ", ")));
  }
  return images ? inputs : inputs.to(torch::kFloat32);
}

ClassificationData read_classification(const ClassificationDataOptions& options, int64_t seed) {
  ClassificationData data;
  const auto parts = read_parts(options, seed, data.report);
  data.labels = class_names(parts.train.labels, parts.train.source());
  data.columns = parts.train.columns;
  data.train = numbered(parts.train, parts.train, data.labels);
  data.validation = numbered(parts.validation, parts.train, data.labels);
  data.test = numbered(parts.test, parts.train, data.labels);
  if (data.test.size() == 0) data.test = carve(data.train, options.test_fraction, seed);
  if (data.validation.size() == 0) data.validation = carve(data.train, options.validation_fraction, seed);
  return data;
}

}  // namespace recur
