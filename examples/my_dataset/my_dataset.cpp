#include "my_dataset.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <core/error.h>

namespace {

constexpr size_t kNamed = 2;  // columns before the numbers: sequence, label

[[noreturn]] void fail(const recur::CsvTable& table, const recur::CsvRow& row, size_t column, const std::string& what) {
  throw recur::DataError({table.source, row.line, static_cast<int64_t>(column) + 1}, what);
}

float number_of(const recur::CsvTable& table, const recur::CsvRow& row, size_t column) {
  const auto& text = row.fields[column];
  float number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) {
    fail(table, row, column, "expected a number, got \"" + text + "\"");
  }
  return number;
}

int64_t label_of(const std::string& text, std::vector<std::string>& labels) {
  const auto found = std::find(labels.begin(), labels.end(), text);
  if (found == labels.end()) labels.push_back(text);
  return std::distance(labels.begin(), std::find(labels.begin(), labels.end(), text));
}

}  // namespace

MyDataset read_my_dataset(const std::filesystem::path& file) {
  return my_dataset_of(recur::read_csv(file));
}

MyDataset my_dataset_of(const recur::CsvTable& table) {
  if (table.header.fields.size() <= kNamed) {
    fail(table, table.header, 0, "expected the columns sequence, label and one or more of numbers");
  }
  MyDataset data;
  data.features.assign(table.header.fields.begin() + kNamed, table.header.fields.end());
  const auto D = static_cast<int64_t>(data.features.size());
  std::set<std::string> seen;
  for (size_t first = 0, last = 0; first < table.rows.size(); first = last) {
    const auto& head = table.rows[first];
    if (!seen.insert(head.fields[0]).second)
      fail(table, head, 0, "sequence " + head.fields[0] + " goes on after another");
    std::vector<float> numbers;
    for (; last < table.rows.size() && table.rows[last].fields[0] == head.fields[0]; ++last) {
      const auto& row = table.rows[last];
      if (row.fields[1] != head.fields[1]) fail(table, row, 1, "expected the sequence's label, " + head.fields[1]);
      for (size_t column = kNamed; column < row.fields.size(); ++column)
        numbers.push_back(number_of(table, row, column));
    }
    data.sequences.push_back({.name = head.fields[0],
                              .label = label_of(head.fields[1], data.labels),
                              .x = at::tensor(numbers).view({-1, D})});
  }
  return data;
}

MyDatasetBatch make_batch(const MyDataset& data, const std::vector<int64_t>& indices) {
  std::vector<int64_t> lengths, labels;
  for (const auto index : indices) {
    lengths.push_back(data.sequences.at(index).x.size(0));
    labels.push_back(data.sequences.at(index).label);
  }
  const int64_t longest = lengths.empty() ? 0 : *std::max_element(lengths.begin(), lengths.end());
  const auto B = static_cast<int64_t>(indices.size()), D = static_cast<int64_t>(data.features.size());
  MyDatasetBatch batch{.x = at::zeros({B, longest, D}), .lengths = at::tensor(lengths), .labels = at::tensor(labels)};
  for (int64_t b = 0; b < B; ++b) batch.x[b].narrow(0, 0, lengths[b]).copy_(data.sequences[indices[b]].x);
  return batch;
}
